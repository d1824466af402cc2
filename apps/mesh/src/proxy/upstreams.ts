/** Connections to pods and to hosts outside: one bounded pool for each address and connection policy. */
import type { ConnectionPool, TlsSettings } from '@bookinfo/rules/decision'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import { buildConnector, Pool, type Dispatcher } from 'undici'
import type { Http2Upstream } from './http2-upstream.ts'

/** More would exhaust file descriptors before it helped anybody. */
const connectionsPerPool = 1024
/** Addresses outside the mesh are named by requests, so that their number needs a limit. */
const mostPools = 256

/** TLS that the proxy begins; the name that is sent is checked as well, unless others are named. */
export type UpstreamTls = TlsSettings & { sni: string }

export class Upstreams {
  readonly #pools = new Map<string, { origin: string; pool: { close(): unknown; destroy(): unknown } }>()
  /** The same pools by the objects that nearly every request uses as keys. */
  #known = new WeakMap<ConnectionPool, Map<string, Pool>>()

  /** Addresses of pods, as far as they are known. */
  #pods: ReadonlySet<string> = new Set()

  /** The pool for `origin`, `http://127.0.0.1:9080`. Proxies limit time themselves, so that undici's own limits are off. */
  pool(origin: string, policy: ConnectionPool, tls?: UpstreamTls): Dispatcher {
    if (tls) return this.#find(origin, policy, tls)
    let known = this.#known.get(policy)
    if (!known) this.#known.set(policy, (known = new Map()))
    let pool = known.get(origin)
    if (!pool) known.set(origin, (pool = this.#find(origin, policy)))
    return pool
  }

  #find(origin: string, policy: ConnectionPool, tls?: UpstreamTls): Pool {
    const key = keyOf(origin, policy, tls)
    const found = this.#pools.get(key)
    if (found) return found.pool as Pool
    if (this.#pools.size >= mostPools) this.#retire(this.#pools.keys().next().value!)
    const idleMs = policy.idleTimeoutMs ?? 60_000
    const pool = new Pool(origin, {
      connections: connectionsPerPool,
      connectTimeout: policy.connectTimeoutMs,
      ...(tls && { connect: connectorOf(tls, policy.connectTimeoutMs) }),
      headersTimeout: 0,
      bodyTimeout: 0,
      allowH2: false,
      maxHeaderSize: 80 * 1024,
      ...(policy.maxRequestsPerConnection ? { maxRequestsPerClient: policy.maxRequestsPerConnection } : {}),
      keepAliveTimeout: idleMs,
      // What a server says of its patience shortens the time, and never makes it longer.
      keepAliveMaxTimeout: idleMs,
    })
    this.#pools.set(key, { origin, pool })
    return pool
  }

  /** The same for HTTP/2. */
  async http2(origin: string, policy: ConnectionPool, tls?: UpstreamTls): Promise<Http2Upstream> {
    const { Http2Upstream: Made } = await import('./http2-upstream.ts')
    const { maxConcurrentStreams = 0, ping } = policy
    const key = `h2 ${maxConcurrentStreams} ${ping ? `${ping.everyMs} ${ping.timeoutMs}` : ''} ${keyOf(origin, policy, tls)}`
    const found = this.#pools.get(key)
    if (found) return found.pool as Http2Upstream
    if (this.#pools.size >= mostPools) this.#retire(this.#pools.keys().next().value!)
    const pool = new Made(origin, policy, tls && { ...tlsOptions(tls), servername: tls.sni, ALPNProtocols: ['h2'] })
    this.#pools.set(key, { origin, pool })
    return pool
  }

  /** `pods` are the addresses of now: closes the pools of those that are gone, once their requests have ended. */
  keep(pods: ReadonlySet<string>) {
    for (const [key, { origin }] of this.#pools) if (this.#pods.has(origin) && !pods.has(origin)) this.#retire(key)
    this.#pods = pods
  }

  async close() {
    await Promise.all(Array.from(this.#pools.values(), ({ pool }) => pool.destroy()))
  }

  #retire(key: string) {
    this.#pools.get(key)?.pool.close()
    this.#pools.delete(key)
    this.#known = new WeakMap()
  }
}

const keyOf = (origin: string, policy: ConnectionPool, tls: UpstreamTls | undefined) =>
  `${origin} ${policy.connectTimeoutMs} ${policy.maxRequestsPerConnection ?? 0} ${policy.idleTimeoutMs ?? 0}${tls ? ` ${JSON.stringify(tls)}` : ''}`

/** undici would send the name that the request's Host header has. */
function connectorOf(tls: UpstreamTls, timeout: number): buildConnector.connector {
  const connect = buildConnector({ timeout, allowH2: false, ...tlsOptions(tls) })
  return (options, done) => connect({ ...options, servername: tls.sni }, done)
}

const tlsOptions = (tls: UpstreamTls) => {
  const { insecureSkipVerify, authority, pair } = tls
  return {
    rejectUnauthorized: !insecureSkipVerify,
    checkServerIdentity: (host: string, certificate: PeerCertificate) => identityProblem(tls, host, certificate),
    ...(authority && { ca: authority.ca, ...(authority.crl !== undefined && { crl: authority.crl }) }),
    ...pair,
  }
}

/** What is wrong with the certificate of a server. */
export function identityProblem({ subjectAltNames }: UpstreamTls, host: string, certificate: PeerCertificate): Error | undefined {
  if (!subjectAltNames) return checkServerIdentity(host, certificate)
  const { subjectaltname = '' } = certificate
  const names = new Set(subjectaltname.split(', ').map((entry) => entry.slice(entry.indexOf(':') + 1)))
  // As for a host, a wildcard of the certificate stands for one label.
  const carries = (name: string) => names.has(name) || (subjectaltname !== '' && !checkServerIdentity(name, certificate))
  if (subjectAltNames.some(carries)) return undefined
  const message = `the certificate carries none of the names ${subjectAltNames.join(', ')}`
  return Object.assign(new Error(message), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
}
