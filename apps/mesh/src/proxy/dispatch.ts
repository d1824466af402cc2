/** Puts one try of a request on the wire, in the version of HTTP that its cluster speaks. */
import type { Cluster, RuleRequest } from '@bookinfo/rules/decision'
import type { Readable } from 'node:stream'
import type { Attempt } from './attempt.ts'
import { flat, http2Fields } from './headers.ts'
import type { Outgoing } from './outgoing.ts'
import { originOf, tlsTo } from './upstream-address.ts'

type From = Pick<Outgoing, 'proxy' | 'protocol' | 'upgrade' | 'trailers'>

/** Sends `request` to the attempt's endpoint, or to the cluster's host outside the mesh. */
export async function dispatch(
  { proxy: { upstreams }, protocol, upgrade, trailers }: From,
  cluster: Cluster,
  attempt: Attempt,
  { method, path, authority, headers }: RuleRequest,
  body: AsyncIterable<Buffer> | Buffer | null,
) {
  const origin = originOf(cluster, attempt.endpoint)
  if (upgrade === undefined && speaksHttp2(cluster, protocol)) {
    attempt.protocol = 'HTTP/2'
    const upstream = await upstreams.http2(origin, cluster.pool, tlsTo(cluster))
    if (attempt.live) upstream.dispatch({ method, path, authority, headers: http2Fields(headers), body, trailers }, attempt)
    return
  }
  const pool = upstreams.pool(origin, cluster.pool, tlsTo(cluster))
  // undici takes any async iterable; its types name streams only.
  const given = body as Readable | Buffer | null
  pool.dispatch({ method, path, headers: flat(headers, ['host', authority]), body: given, ...(upgrade && { upgrade }) }, attempt)
}

/** Whether HTTP/2 is spoken to a cluster, for a client of this version. */
export const speaksHttp2 = ({ protocol }: Cluster, client: string) =>
  protocol === 'HTTP2' || (protocol === 'AS_CLIENT' && client === 'HTTP/2')
