/** A request on its way out of a proxy: the source of its tries and mirrors. */
import type { Forward, RuleRequest } from '@bookinfo/rules/decision'
import type { Asker } from '@bookinfo/rules/hop'
import type { Extracted } from '../tracing/b3.ts'
import type { IncomingHttpHeaders } from 'node:http'
import type { Sidecar } from './door.ts'
import type { Proxy } from './proxy.ts'
import type { RequestBody } from './request-body.ts'

export interface Outgoing {
  proxy: Proxy
  sidecar: Sidecar
  asker: Asker
  request: RuleRequest
  decision: Forward
  body: RequestBody | undefined
  /** Fields that came after the body, once it is over. */
  trailers: () => IncomingHttpHeaders | undefined
  /** Span that those of the destinations are below; none without tracing. */
  parent: Extracted | undefined
  upgrade: string | undefined
  /** Whether the client has no sidecar. */
  plaintext: boolean
  /** How the client sent it, `HTTP/1.1`. */
  protocol: string
  /** ms since 1970 */
  startedAt: number
  /** Turns `performance.now()` into ms since 1970. */
  epoch: number
  /** Response flags of the request; the tries add theirs. */
  flags: string[]
}
