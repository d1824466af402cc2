/** Where a probe may send requests: the application's workloads, and hosts that the operator listed. Nowhere else. */

const application = /^(productpage|details|reviews|ratings)(-v[0-9]{1,2})?$/
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/**
 * Whether `authority` (`host` or `host:port`) may be called. The application's services go by their short name or by a name of the
 * cluster that ends in `.svc` or `.svc.cluster.local`: `reviews.com` belongs to another domain. `listed` holds authorities as the operator
 * wrote them, a port included or not.
 */
export function mayCall(authority: string, listed: readonly string[]): boolean {
  const [, host, port] = /^([A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?$/.exec(authority) ?? []
  if (host === undefined || Number(port ?? 80) > 65_535) return false
  const name = host.toLowerCase()
  if (listed.includes(name) || listed.includes(authority.toLowerCase())) return true
  const [service = '', namespace = 'default', ...rest] = name.replace(/\.svc(\.cluster\.local)?$/, '').split('.')
  const isClusterName = /\.svc(\.cluster\.local)?$/.test(name)
  return application.test(service) && rest.length === 0 && label.test(namespace) && (isClusterName || name === service)
}

/** `9080=127.0.0.1:4001,80=127.0.0.1:4002`: the proxy to dial for a port, where nothing redirects connections by itself. */
export function readDetours(text: string): ReadonlyMap<number, string> {
  const pairs = text.split(',').filter(Boolean)
  return new Map(
    pairs.map((pair) => {
      const [port, address] = pair.split('=')
      return [Number(port), address ?? '']
    }),
  )
}
