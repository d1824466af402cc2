/** Variables of every service, and those that say where a neighbour is. */
import { Variable } from '@bookinfo/contracts/environment'
import { Type, type Static } from '@bookinfo/contracts/schema'

/** Variables of every service, in addition to its specific ones. OpenTelemetry defines the `OTEL_*` ones. */
export const ChassisConfig = Type.Object({
  HOST: Type.Optional(
    Variable.Text({
      description: 'address to listen on',
      expected: 'an address to listen on (default :: or, without IPv6, 0.0.0.0)',
      defaultNote: '`::`, or `0.0.0.0` without IPv6',
    }),
  ),
  PORT: Variable.Port({ minimum: 0, default: 9080, description: 'port to listen on' }),
  GRPC_PORT: Type.Optional(
    Variable.Port({
      defaultNote: 'none: nothing of gRPC is loaded',
      description: 'a second port, which takes gRPC too (`bookinfo.v1`, health, reflection); `PORT` does then as well, and may be the same',
    }),
  ),
  LOG_LEVEL: Variable.OneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'trace, debug, info, warn, error, fatal, silent',
    expected: 'one of trace, debug, info, warn, error, fatal, silent',
  }),
  DRAIN_DELAY_MS: Variable.Integer({
    minimum: 0,
    maximum: 300_000,
    default: 300,
    description: 'how long a service goes on answering after the signal to stop, so that load balancers notice',
    expected: 'milliseconds from 0 to 300000',
  }),
  SERVICE_VERSION: Variable.Text({
    default: 'v1',
    pattern: '^[A-Za-z0-9._-]{1,63}$',
    description: 'in logs, metrics and spans',
    expected: 'a version such as v1',
  }),
  HOSTNAME: Variable.Text({
    default: 'localhost',
    pattern: '^[A-Za-z0-9._-]{1,253}$',
    description: "the pod's name, in logs and spans",
    expected: 'the name of this pod',
  }),
  OUTBOUND_KEEPALIVE: Variable.OneOf(['on', 'off'], {
    default: 'off',
    description: '`on` pools connections to other services; off, plain Kubernetes balancing spreads over versions',
    expected: 'on or off: whether connections to other services are pooled',
  }),
  OUTBOUND_PROTOCOL: Variable.OneOf(['h1', 'h2c', 'grpc'], {
    default: 'h1',
    description:
      'how other services are called: HTTP/1.1, HTTP/2 without TLS, or gRPC on their `…_GRPC_PORT`; hosts outside the application always by HTTP/1.1',
    expected: 'h1, h2c or grpc: how other services are called',
  }),
  DROP_HEADERS: Variable.Text({
    default: '',
    pattern: String.raw`^([\w.-]+\*?( *, *[\w.-]+\*?)*)?$`,
    description: 'header names, separated by commas, to drop on purpose, `uberctx-*` for all with this prefix',
    expected: 'header names, separated by commas, to lose on purpose; one that ends in * stands for all that begin so',
  }),
  BOOKINFO_PROBE: Variable.OneOf(['on', 'off'], {
    default: 'off',
    description: '`on` serves `/probe/*`, through which the conformance suite sees a mesh from inside; never where others can reach it',
    expected: 'on or off: whether /probe/* is served, for the conformance suite',
  }),
  BOOKINFO_PROBE_HOSTS: Variable.Text({
    default: '',
    pattern: '^[A-Za-z0-9.:-]*(,[A-Za-z0-9.:-]+)*$',
    description: 'hosts, separated by commas, that probes may call in addition to the application',
    expected: 'hosts, separated by commas, that probes may call in addition to the application',
  }),
  BOOKINFO_PROBE_DETOURS: Variable.Text({
    default: '',
    pattern: '^([0-9]{1,5}=[A-Za-z0-9.:-]+(,[0-9]{1,5}=[A-Za-z0-9.:-]+)*)?$',
    description: 'proxies that probes dial, `9080=127.0.0.1:4001,…`, where nothing redirects connections by itself (the local mesh)',
    expected: 'proxies that probes dial, as port=address pairs such as 9080=127.0.0.1:4001',
  }),
  BOOKINFO_PROBE_TUNNEL: Variable.Text({
    default: '',
    pattern: '^([A-Za-z0-9.-]+:[0-9]{1,5})?$',
    description: 'proxy that makes the TCP and TLS connections of probes when it is asked by CONNECT, `127.0.0.1:4001` (the local mesh)',
    expected: 'the proxy for TCP and TLS, as an address such as 127.0.0.1:4001',
  }),
  PROBE_TCP_PORT: Type.Optional(
    Variable.Port({ defaultNote: 'none', description: 'with probes: a port that greets by TCP, echoes and counts' }),
  ),
  PROBE_TLS_PORT: Type.Optional(Variable.Port({ defaultNote: 'none', description: 'with probes: the same by TLS' })),
  PROBE_TLS_CERT: Type.Optional(
    Variable.Text({
      defaultNote: 'one that it makes itself, for its names and `*.example`',
      description: 'file of its certificate (PEM)',
      expected: 'the path of a certificate',
    }),
  ),
  PROBE_TLS_KEY: Type.Optional(
    Variable.Text({ defaultNote: 'as above', description: 'file of the key of that certificate', expected: 'the path of a key' }),
  ),
  POD_NAMESPACE: Variable.Text({
    default: 'default',
    pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
    description: 'namespace that probes report',
    expected: 'a namespace',
  }),
  OTEL_TRACES_EXPORTER: Variable.OneOf(['none', 'zipkin', 'otlp'], {
    default: 'none',
    description: '`zipkin` or `otlp`: span mode, which reads other `OTEL_*` too',
    expected: 'none, zipkin or otlp',
  }),
  OTEL_SDK_DISABLED: Variable.Boolean({
    default: false,
    description: '`true` is forward mode, whatever the exporter',
    expected: 'true or false: whether tracing is off whatever the exporter',
  }),
})
export type ChassisConfig = Static<typeof ChassisConfig>

/** Where the other services are: `NAME_HOSTNAME`, `NAME_SERVICE_PORT` and `SERVICES_DOMAIN`, as upstream names them; and `NAME_GRPC_PORT`. */
export const neighbour = <Name extends string>(name: Name) =>
  ({
    [`${name}_HOSTNAME`]: Variable.Text({
      default: name.toLowerCase(),
      pattern: String.raw`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])$`,
      description: `host of ${name.toLowerCase()}`,
      expected: 'a host name',
    }),
    [`${name}_SERVICE_PORT`]: Variable.Port({ default: 9080, description: `port of ${name.toLowerCase()}` }),
    [`${name}_GRPC_PORT`]: Variable.Port({
      default: 9081,
      description: `port of ${name.toLowerCase()} for \`OUTBOUND_PROTOCOL=grpc\``,
    }),
    SERVICES_DOMAIN: Variable.Text({
      default: '',
      pattern: '^[A-Za-z0-9.-]*$',
      description: 'domain that is appended to the hosts of other services',
      expected: 'the domain of the services, such as default.svc',
    }),
  }) as { SERVICES_DOMAIN: typeof domainType } & Record<`${Name}_HOSTNAME`, typeof domainType> &
    Record<`${Name}_SERVICE_PORT` | `${Name}_GRPC_PORT`, typeof portType>

const domainType = Type.String()
const portType = Type.Integer()

/** Base address of a neighbour, `http://reviews.default.svc:9080`. */
export const addressOf = (host: string, port: number, domain: string) => `http://${host}${domain && `.${domain}`}:${port}`

/** Where the gRPC port of each neighbour is, by the base address of its REST port, in a service's own configuration. */
export function grpcAddresses(config: Readonly<Record<string, unknown>>): Map<string, string> {
  const names = Object.keys(config).flatMap((key) => /^(.+)_GRPC_PORT$/.exec(key)?.[1] ?? [])
  const address = (name: string, port: string) =>
    addressOf(String(config[`${name}_HOSTNAME`]), Number(config[`${name}_${port}`]), String(config['SERVICES_DOMAIN']))
  return new Map(names.map((name) => [address(name, 'SERVICE_PORT'), address(name, 'GRPC_PORT')]))
}
