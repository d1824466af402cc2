/** What a cluster says about addresses. */
import type { Workload } from '@bookinfo/rules/authorize'
import type { Cluster, ConnectionPool, Endpoint } from '@bookinfo/rules/decision'

/** `http://127.0.0.1:40001` of a pod, or the host outside the mesh. */
export function originOf({ external }: Cluster, endpoint: Endpoint | undefined): string {
  if (endpoint) return originOfPod(endpoint)
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

export const podOrigin = ({ address, port }: Pick<Endpoint, 'address' | 'port'>) => `http://${inUrl(address)}:${port}`

const inUrl = (host: string) => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host)

export const isLimited = ({ maxConnections, http1MaxPendingRequests, http2MaxRequests, maxRetries }: ConnectionPool) =>
  maxConnections !== undefined || http1MaxPendingRequests !== undefined || http2MaxRequests !== undefined || maxRetries !== undefined

/** The workload behind an endpoint, as its own policies see it. */
export const destinationOf = ({ workload, namespace, labels }: Endpoint, { port }: Cluster): Workload => ({
  name: workload,
  namespace,
  labels,
  port,
})

/** `reviews` of `reviews.default.svc.cluster.local`; hosts outside stay as they are. */
export const shortName = (host: string) => (host.includes('.svc.') ? host.slice(0, host.indexOf('.')) : host)
