/** Puts one try of a request on the wire. */
import type { Cluster, RuleRequest } from '@bookinfo/rules/decision'
import type { Readable } from 'node:stream'
import type { Attempt } from './attempt.ts'
import { flat } from './headers.ts'
import type { Proxy } from './proxy.ts'
import { originOf, tlsTo } from './upstream-address.ts'

/** Sends `request` to the attempt's endpoint, or to the cluster's host outside the mesh. */
export function dispatch(
  { upstreams }: Proxy,
  cluster: Cluster,
  attempt: Attempt,
  { method, path, authority, headers }: RuleRequest,
  body: AsyncIterable<Buffer> | Buffer | null,
  upgrade?: string,
) {
  const pool = upstreams.pool(originOf(cluster, attempt.endpoint), cluster.pool, tlsTo(cluster))
  // undici takes any async iterable; its types name streams only.
  const given = body as Readable | Buffer | null
  pool.dispatch({ method, path, headers: flat(headers, ['host', authority]), body: given, ...(upgrade && { upgrade }) }, attempt)
}
