/** What a cluster says about addresses. */
import type { Cluster, ConnectionPool, Endpoint } from '@bookinfo/rules/decision'
import { hostname } from 'node:os'
import type { UpstreamTls } from './upstreams.ts'

/** `http://127.0.0.1:40001` of a pod, or the host outside the mesh. */
export function originOf({ external, tlsSettings }: Cluster, endpoint: Endpoint | undefined): string {
  if (endpoint) return tlsSettings ? podOrigin(endpoint, 'https') : originOfPod(endpoint)
  const { scheme, host, port } = external!
  return `${scheme}://${inUrl(host)}:${port}`
}

/** Made once an endpoint: every request asks. */
function originOfPod(endpoint: Endpoint): string {
  let origin = origins.get(endpoint)
  if (!origin) origins.set(endpoint, (origin = podOrigin(endpoint)))
  return origin
}

const origins = new WeakMap<Endpoint, string>()

export const podOrigin = ({ address, port }: Pick<Endpoint, 'address' | 'port'>, scheme = 'http') => `${scheme}://${inUrl(address)}:${port}`

export const inUrl = (host: string) => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host)

/** Whether an address outside is one where the proxy itself listens: a request that goes there would loop endlessly. */
export const leadsBack = (ownPorts: ReadonlySet<number>, { host, port }: { host: string; port: number }): boolean =>
  ownPorts.has(port) && (/^(localhost|127\..*|\[?::1\]?|0\.0\.0\.0)$/i.test(host) || host === hostname())

/** How TLS is begun with a destination; undefined for what goes out in the clear. */
export const tlsTo = ({ host, external, tlsSettings }: Cluster): UpstreamTls | undefined =>
  tlsSettings && { ...tlsSettings, sni: tlsSettings.sni ?? external?.host ?? host }

/** Whether the proxy in front of a pod reads nothing of what comes, since the caller's proxy has begun TLS with the pod. */
export const isSealed = ({ podsRead }: Cluster, { principal }: Endpoint) => podsRead !== undefined && principal !== undefined

export const isLimited = ({ maxConnections, http1MaxPendingRequests, http2MaxRequests, maxRetries }: ConnectionPool) =>
  maxConnections !== undefined || http1MaxPendingRequests !== undefined || http2MaxRequests !== undefined || maxRetries !== undefined

/** `reviews` of `reviews.default.svc.cluster.local`; hosts outside stay as they are. */
export const shortName = (host: string) => (host.includes('.svc.') ? host.slice(0, host.indexOf('.')) : host)
