/** What the mesh reads from its environment. */

export interface MeshConfig {
  gatewayPort: number
  gatewayTlsPort: number
  /** Whether GATEWAY_TLS_PORT was asked for: only the default may move to the next free port. */
  gatewayTlsPortAsked: boolean
  consolePort: number
  zipkinPort: number
  /** Whether ZIPKIN_PORT was asked for: only the default may move to the next free port. */
  zipkinPortAsked: boolean
  logLevel: string
  /** Full URL of a collector's `POST /api/v2/spans`; none means the embedded one. */
  zipkinEndpoint: string | undefined
  /** `none` switches tracing off; `zipkin` makes the services report their own spans too. */
  tracesExporter: string | undefined
  sampler: string | undefined
  samplerArgument: string | undefined
}

/** A value that cannot be used: one line that names the variable, the value and what is expected. */
export class ConfigError extends Error {}

/** @throws ConfigError */
export function readConfig(env: Readonly<Record<string, string | undefined>>): MeshConfig {
  const set = (name: string) => env[name] || undefined
  return {
    gatewayPort: port(env, 'GATEWAY_PORT', 8080),
    gatewayTlsPort: port(env, 'GATEWAY_TLS_PORT', 8443),
    gatewayTlsPortAsked: set('GATEWAY_TLS_PORT') !== undefined,
    consolePort: port(env, 'CONSOLE_PORT', 20001),
    zipkinPort: port(env, 'ZIPKIN_PORT', 9411),
    zipkinPortAsked: set('ZIPKIN_PORT') !== undefined,
    logLevel: set('LOG_LEVEL') ?? 'warn',
    zipkinEndpoint: url(env, 'OTEL_EXPORTER_ZIPKIN_ENDPOINT'),
    tracesExporter: oneOf(env, 'OTEL_TRACES_EXPORTER', ['none', 'zipkin']),
    sampler: set('OTEL_TRACES_SAMPLER'),
    samplerArgument: set('OTEL_TRACES_SAMPLER_ARG'),
  }
}

/** 0 is any free port. */
function port(env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number {
  const text = env[name] || String(fallback)
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new ConfigError(`${name} is "${text}": expected a port from 0 to 65535`)
}

function url(env: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  const text = env[name] || undefined
  if (text === undefined || /^https?:\/\//.test(text)) if (text === undefined || URL.canParse(text)) return text
  throw new ConfigError(`${name} is "${text}": expected a URL such as http://localhost:9411/api/v2/spans`)
}

function oneOf(env: Readonly<Record<string, string | undefined>>, name: string, values: readonly string[]): string | undefined {
  const text = env[name] || undefined
  if (text === undefined || values.includes(text)) return text
  throw new ConfigError(`${name} is "${text}": expected ${values.join(' or ')}`)
}
