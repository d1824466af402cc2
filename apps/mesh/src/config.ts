/** What the mesh reads from its environment. */
import { isIP } from 'node:net'
import { outboundPortsOf, workloadNamed, type Workload } from './topology.ts'

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
}

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
  /** Where people find that collector's pages, when it is not where spans go. */
  zipkinUrl: string | undefined
  /** `none` switches tracing off; `zipkin` makes the services report their own spans too. */
  tracesExporter: string | undefined
  sampler: string | undefined
  samplerArgument: string | undefined
  /** None: the mesh starts the workloads itself. */
  remote: RemoteConfig | undefined
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
    zipkinEndpoint: url(env, 'OTEL_EXPORTER_ZIPKIN_ENDPOINT', 'http://localhost:9411/api/v2/spans'),
    zipkinUrl: url(env, 'ZIPKIN_URL', 'http://localhost:9411'),
    tracesExporter: oneOf(env, 'OTEL_TRACES_EXPORTER', ['none', 'zipkin']),
    sampler: set('OTEL_TRACES_SAMPLER'),
    samplerArgument: set('OTEL_TRACES_SAMPLER_ARG'),
    remote: set('WORKLOADS') === undefined ? undefined : remote(env),
  }
}

/** HOST counts only here: some shells export it on every machine, and `npm start` must stay on loopback there. */
function remote(env: Readonly<Record<string, string | undefined>>): RemoteConfig {
  const pods = remoteAddresses(env['WORKLOADS'] ?? '')
  if (pods.length === 0) throw new ConfigError(`WORKLOADS is "${env['WORKLOADS']}": expected at least one WORKLOAD=HOST:PORT`)
  const workloads = [...new Map(pods.map(({ workload }) => [workload.name, workload])).values()]
  const host = env['HOST'] || undefined
  if (host !== undefined && isIP(host) === 0)
    throw new ConfigError(`HOST is "${host}": expected an IP address to listen on, such as 0.0.0.0 or ::`)
  const outboundPort = port(env, 'OUTBOUND_PORT', 21_000)
  const last = Math.max(...workloads.flatMap((_each, i) => [...outboundPortsOf(outboundPort, i).values()]))
  if (outboundPort === 0 || last > 65_535)
    throw new ConfigError(`OUTBOUND_PORT is "${outboundPort}": expected a port from 1 with room for ${workloads.length} workloads, 10 each`)
  return { workloads, pods, host, outboundPort }
}

function remoteAddresses(text: string): RemoteAddress[] {
  const entries = text.split(',').map((entry) => entry.trim())
  const addresses = new Set<string>()
  return entries.filter(Boolean).map((entry) => {
    const [, name = '', bracketed, plain = '', digits] = /^([^=]+)=(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(entry) ?? []
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
    return { workload, host, port: Number(digits) }
  })
}

/** 0 is any free port. */
function port(env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number {
  const text = env[name] || String(fallback)
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new ConfigError(`${name} is "${text}": expected a port from 0 to 65535`)
}

function url(env: Readonly<Record<string, string | undefined>>, name: string, example: string): string | undefined {
  const text = env[name] || undefined
  if (text === undefined || /^https?:\/\//.test(text)) if (text === undefined || URL.canParse(text)) return text
  throw new ConfigError(`${name} is "${text}": expected a URL such as ${example}`)
}

function oneOf(env: Readonly<Record<string, string | undefined>>, name: string, values: readonly string[]): string | undefined {
  const text = env[name] || undefined
  if (text === undefined || values.includes(text)) return text
  throw new ConfigError(`${name} is "${text}": expected ${values.join(' or ')}`)
}
