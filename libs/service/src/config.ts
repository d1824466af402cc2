/** Configuration from the environment: one schema validates it, gives its type and documents it. */
import { Ajv, type ErrorObject } from 'ajv'
import { Type, type Static, type TObject } from '@bookinfo/contracts/schema'

const OnOff = (description: string, fallback: 'on' | 'off') =>
  Type.Union([Type.Literal('on'), Type.Literal('off')], { description, default: fallback })

/** Variables of every service, in addition to its specific ones. OpenTelemetry defines the `OTEL_*` ones. */
export const ChassisConfig = Type.Object({
  HOST: Type.Optional(Type.String({ description: 'an address to listen on (default :: or, without IPv6, 0.0.0.0)' })),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 9080, description: 'a port from 0 to 65535' }),
  LOG_LEVEL: Type.Enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    default: 'info',
    description: 'one of trace, debug, info, warn, error, fatal, silent',
  }),
  DRAIN_DELAY_MS: Type.Integer({ minimum: 0, maximum: 300_000, default: 300, description: 'milliseconds from 0 to 300000' }),
  SERVICE_VERSION: Type.String({ default: 'v1', pattern: '^[A-Za-z0-9._-]{1,63}$', description: 'a version such as v1' }),
  HOSTNAME: Type.String({ default: 'localhost', pattern: '^[A-Za-z0-9._-]{1,253}$', description: 'the name of this pod' }),
  OUTBOUND_KEEPALIVE: OnOff('on or off: whether connections to other services are pooled', 'off'),
  DROP_HEADERS: Type.String({
    default: '',
    pattern: String.raw`^([\w.-]+\*?( *, *[\w.-]+\*?)*)?$`,
    description: 'header names, separated by commas, to lose on purpose; one that ends in * stands for all that begin so',
  }),
  BOOKINFO_PROBE: OnOff('on or off: whether /probe/* is served, for the conformance suite', 'off'),
  BOOKINFO_PROBE_HOSTS: Type.String({
    default: '',
    pattern: '^[A-Za-z0-9.:-]*(,[A-Za-z0-9.:-]+)*$',
    description: 'hosts, separated by commas, that probes may call in addition to the application',
  }),
  BOOKINFO_PROBE_DETOURS: Type.String({
    default: '',
    pattern: '^([0-9]{1,5}=[A-Za-z0-9.:-]+(,[0-9]{1,5}=[A-Za-z0-9.:-]+)*)?$',
    description: 'proxies that probes dial, as port=address pairs such as 9080=127.0.0.1:4001',
  }),
  POD_NAMESPACE: Type.String({ default: 'default', pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$', description: 'a namespace' }),
  OTEL_TRACES_EXPORTER: Type.Enum(['none', 'zipkin', 'otlp'], { default: 'none', description: 'none, zipkin or otlp' }),
  OTEL_SDK_DISABLED: Type.Boolean({ default: false, description: 'true or false: whether tracing is off whatever the exporter' }),
})
export type ChassisConfig = Static<typeof ChassisConfig>

/** Where the other services are: `NAME_HOSTNAME`, `NAME_SERVICE_PORT` and `SERVICES_DOMAIN`, as upstream names them. */
export const neighbour = <Name extends string>(name: Name) =>
  ({
    SERVICES_DOMAIN: Type.String({
      default: '',
      pattern: '^[A-Za-z0-9.-]*$',
      description: 'the domain of the services, such as default.svc',
    }),
    [`${name}_HOSTNAME`]: Type.String({
      default: name.toLowerCase(),
      pattern: '^([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])$',
      description: 'a host name',
    }),
    [`${name}_SERVICE_PORT`]: Type.Integer({ minimum: 1, maximum: 65_535, default: 9080, description: 'a port from 1 to 65535' }),
  }) as { SERVICES_DOMAIN: typeof domainType } & Record<`${Name}_HOSTNAME`, typeof domainType> &
    Record<`${Name}_SERVICE_PORT`, typeof portType>

const domainType = Type.String()
const portType = Type.Integer()

/** Base address of a neighbour, `http://reviews.default.svc:9080`. */
export const addressOf = (host: string, port: number, domain: string) => `http://${host}${domain && `.${domain}`}:${port}`

/** A variable that cannot be used; the message is one line that names it, its value and what is expected. */
export class ConfigError extends Error {}

// The schema of schemas would be most of a start's compiling, and the type checker has seen ours.
const ajv = new Ajv({ coerceTypes: true, useDefaults: true, allErrors: false, strict: false, meta: false, validateSchema: false })

/**
 * Reads `schema`'s variables from `env`. A variable that is set to nothing counts as not set.
 * @throws ConfigError for the first value that does not fit; values marked `writeOnly` are not repeated.
 */
export function readConfig<Schema extends TObject>(schema: Schema, env: Record<string, string | undefined>): Static<Schema> {
  const values: Record<string, unknown> = {}
  for (const name of Object.keys(schema.properties)) if (env[name]) values[name] = env[name]
  const given = { ...values }
  const valid = ajv.compile(schema)
  if (!valid(values)) throw new ConfigError(explain(schema, given, valid.errors?.[0]))
  return values as Static<Schema>
}

function explain(schema: TObject, given: Record<string, unknown>, error: ErrorObject | undefined): string {
  const name = error?.instancePath.slice(1) || String(error?.params['missingProperty'])
  const property: { description?: string; writeOnly?: boolean } | undefined = schema.properties[name]
  const value = given[name] === undefined ? 'is not set' : property?.writeOnly ? '(value not shown)' : `is ${JSON.stringify(given[name])}`
  return `${name} ${value}: expected ${property?.description ?? error?.message}`
}
