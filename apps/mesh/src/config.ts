/** What the mesh reads from its environment. */
import { ConfigError, Variable, readConfig, type Environment } from '@bookinfo/contracts/environment'
import { Type, type Static } from '@bookinfo/contracts/schema'
import { extraPorts, outboundPortsOf, workloadNamed, type Workload } from './topology.ts'

/** Workloads that others run: the mesh starts none then, and routes to these. */
export interface RemoteConfig {
  /** In the order of their outbound ports. */
  workloads: readonly Workload[]
  pods: readonly RemoteAddress[]
  /** IP address that all listeners have; loopback when there is none. */
  host: string | undefined
  /** First of the outbound ports. */
  outboundPort: number
}

/** Where a pod is. */
export interface RemoteAddress {
  workload: Workload
  /** Name or IP address; IPv6 without brackets. */
  host: string
  port: number
  /** Further ports by their names, where they are not those of the services. */
  ports?: Readonly<Record<string, number>>
}

/** Variables that the mesh always reads. */
export const MeshVariables = Type.Object({
  GATEWAY_PORT: Variable.Port({ minimum: 0, default: 8080, description: 'where the page is; 0 is any free port, here and below' }),
  GATEWAY_TLS_PORT: Variable.Port({
    minimum: 0,
    default: 8443,
    defaultNote: 'or the next free one',
    description: 'where the page is by HTTPS, while a Gateway asks for TLS',
  }),
  CONSOLE_PORT: Variable.Port({ minimum: 0, default: 20_001, description: 'where the console and the control API are' }),
  ZIPKIN_PORT: Variable.Port({
    minimum: 0,
    default: 9411,
    defaultNote: 'or the next free one',
    description: 'where the mesh takes spans and gives traces',
  }),
  OTEL_EXPORTER_ZIPKIN_ENDPOINT: Type.Optional(
    Variable.Text({
      format: 'url',
      defaultNote: 'the mesh itself',
      description: 'another Zipkin collector for all spans, the whole URL of `POST /api/v2/spans`',
      expected: 'a URL such as http://localhost:9411/api/v2/spans',
    }),
  ),
  ZIPKIN_URL: Type.Optional(
    Variable.Text({
      format: 'url',
      defaultNote: 'where its spans go',
      description: "where that collector's web pages are",
      expected: 'a URL such as http://localhost:9411',
    }),
  ),
  OTEL_TRACES_EXPORTER: Type.Optional(
    Variable.OneOf(['none', 'zipkin'], {
      defaultNote: 'only the mesh reports spans',
      description: '`zipkin`: the services report their own spans too; `none`: no tracing, no B3 header is touched',
      expected: 'none or zipkin',
    }),
  ),
  OTEL_TRACES_SAMPLER: Variable.OneOf(
    ['always_on', 'always_off', 'traceidratio', 'parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'],
    {
      default: 'always_on',
      description:
        'which new traces are kept: `always_on`, `always_off` or `traceidratio`, with or without `parentbased_` before it. A decision that came in always stands',
      expected: 'always_on, always_off or traceidratio, with or without parentbased_ before it',
    },
  ),
  OTEL_TRACES_SAMPLER_ARG: Variable.Number({
    minimum: 0,
    maximum: 1,
    default: 1,
    description: 'the share that `traceidratio` keeps',
    expected: 'a number from 0 to 1',
  }),
  GRPC: Variable.OneOf(['on', 'off'], {
    default: 'off',
    description: '`on`, or `npm start -- --grpc`: the services have a port for gRPC, 9081, too; with `BOOKINFO_PROBE=on` they always have',
    expected: 'on or off: whether the services have a port for gRPC',
  }),
  LOG_LEVEL: Variable.Text({ default: 'warn', description: 'of the workloads', expected: 'a level of the workloads' }),
  WORKLOADS: Type.Optional(
    Variable.Text({
      defaultNote: 'the mesh starts its workloads',
      description:
        'start no workloads; route to these: `productpage-v1=HOST:PORT,details-v1=HOST:PORT,…`. A port for gRPC that is not 9081 is written `HOST:PORT+grpc:PORT`',
      expected: 'at least one WORKLOAD=HOST:PORT',
    }),
  ),
})

/** Variables that count only with `WORKLOADS`: some shells export HOST on every machine, and `npm start` must stay on loopback there. */
export const RemoteVariables = Type.Object({
  HOST: Type.Optional(
    Variable.Text({
      format: 'ip',
      defaultNote: 'loopback',
      description: 'with WORKLOADS: IP address that gateway, console and outbound ports listen on, `0.0.0.0` in a container',
      expected: 'an IP address to listen on, such as 0.0.0.0 or ::',
    }),
  ),
  OUTBOUND_PORT: Variable.Port({
    minimum: 0,
    default: 21_000,
    description: 'with WORKLOADS: the first of the ports where workloads call each other',
  }),
})

/** What the mesh is configured to do. */
export interface MeshConfig extends Static<typeof MeshVariables> {
  /** Only a default may move to the next free port: true where GATEWAY_TLS_PORT is set. */
  gatewayTlsPortFixed: boolean
  /** The same for ZIPKIN_PORT. */
  zipkinPortFixed: boolean
  /** None: the mesh starts the workloads itself. */
  remote: RemoteConfig | undefined
}

/** @throws ConfigError for the first variable that cannot be used. */
export function readMeshConfig(env: Environment): MeshConfig {
  const variables = readConfig(MeshVariables, env)
  return {
    ...variables,
    gatewayTlsPortFixed: Boolean(env['GATEWAY_TLS_PORT']),
    zipkinPortFixed: Boolean(env['ZIPKIN_PORT']),
    remote: variables.WORKLOADS === undefined ? undefined : remote(variables.WORKLOADS, env),
  }
}

function remote(listed: string, env: Environment): RemoteConfig {
  const pods = remoteAddresses(listed)
  if (pods.length === 0) throw new ConfigError(`WORKLOADS is "${listed}": expected at least one WORKLOAD=HOST:PORT`)
  const workloads = [...new Map(pods.map(({ workload }) => [workload.name, workload])).values()]
  const { HOST: host, OUTBOUND_PORT: outboundPort } = readConfig(RemoteVariables, env)
  const last = Math.max(...workloads.flatMap((_each, i) => [...outboundPortsOf(outboundPort, i).values()]))
  if (outboundPort === 0 || last > 65_535)
    throw new ConfigError(`OUTBOUND_PORT is "${outboundPort}": expected a port from 1 with room for ${workloads.length} workloads, 10 each`)
  return { workloads, pods, host, outboundPort }
}

function remoteAddresses(text: string): RemoteAddress[] {
  const entries = text.split(',').map((entry) => entry.trim())
  const addresses = new Set<string>()
  return entries.filter(Boolean).map((entry) => {
    const [main = '', ...others] = entry.split('+')
    const [, name = '', bracketed, plain = '', digits] = /^([^=]+)=(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(main) ?? []
    const host = bracketed ?? plain
    if (!host || !(Number(digits) >= 1 && Number(digits) <= 65_535))
      throw new ConfigError(
        `WORKLOADS has "${entry}": expected WORKLOAD=HOST:PORT, such as reviews-v1=reviews-v1:9080, separated by commas`,
      )
    const workload = workloadNamed(name)
    if (!workload)
      throw new ConfigError(`WORKLOADS has "${name}": expected productpage, details, reviews or ratings and a version, such as reviews-v1`)
    const address = `${host}:${digits}`
    if (addresses.has(address)) throw new ConfigError(`WORKLOADS has ${address} twice: expected one address a pod`)
    addresses.add(address)
    return {
      workload,
      host,
      port: Number(digits),
      ...(others.length > 0 && { ports: Object.fromEntries(others.map((each) => namedPort(each, entry))) }),
    }
  })
}

/** `grpc:4002` */
function namedPort(text: string, entry: string): [string, number] {
  const names = extraPorts(true, true).flatMap(({ name, target }) => (target === undefined ? [name] : []))
  const [, name = '', digits] = /^([a-z-]+):(\d{1,5})$/.exec(text) ?? []
  if (!names.includes(name) || !(Number(digits) >= 1 && Number(digits) <= 65_535))
    throw new ConfigError(`WORKLOADS has "${entry}": expected +NAME:PORT after the address, with one of the names ${names.join(', ')}`)
  return [name, Number(digits)]
}
