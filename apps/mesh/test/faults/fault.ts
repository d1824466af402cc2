/** A mesh made wrong on purpose: the judge of the conformance suite. Each fault wraps functions of decision or proxy. */
import type { withoutHeaderConditions } from '@bookinfo/rules/conditions'
import type { authorize, authorizeTcp } from '@bookinfo/rules/authorize'
import type { decide } from '@bookinfo/rules/decide'
import type { decideTcp, trafficTo } from '@bookinfo/rules/decide-tcp'
import type { mostSpecificRoute, routesOf } from '@bookinfo/rules/tcp-route-choice'
import type { connectTo, resetSocket } from '../../src/proxy/tcp-upstream.ts'
import type { Decision, Forward, Respond, RuleRequest, Verdict } from '@bookinfo/rules/decision'
import type { aim } from '@bookinfo/rules/hop'
import type { grpcCodeOf, grpcTimeoutMs, isGrpc } from '@bookinfo/rules/grpc'
import type { pickEndpoint } from '@bookinfo/rules/pick-endpoint'
import type { fullMatch, matcherOf } from '@bookinfo/rules/string-match'
import type { Asked } from '../../src/proxy/client-side.ts'
import type { answerHeaders } from '../../src/proxy/headers.ts'
import type { grpcReply } from '../../src/proxy/local-replies.ts'
import type { readRequest } from '../../src/proxy/read-request.ts'
import type { retriesAnswer } from '../../src/proxy/retry.ts'
import type { clientSpan, serverSpan } from '../../src/proxy/spans.ts'
import type { childOf, extractB3, injectB3 } from '../../src/tracing/b3.ts'

/** What can be wrapped. */
export interface Functions {
  decide: typeof decide
  aim: typeof aim
  authorize: typeof authorize
  authorizeTcp: typeof authorizeTcp
  decideTcp: typeof decideTcp
  trafficTo: typeof trafficTo
  routesOf: typeof routesOf
  mostSpecificRoute: typeof mostSpecificRoute
  connectTo: typeof connectTo
  resetSocket: typeof resetSocket
  pickEndpoint: typeof pickEndpoint
  isGrpc: typeof isGrpc
  grpcCodeOf: typeof grpcCodeOf
  grpcTimeoutMs: typeof grpcTimeoutMs
  grpcReply: typeof grpcReply
  fullMatch: typeof fullMatch
  matcherOf: typeof matcherOf
  withoutHeaderConditions: typeof withoutHeaderConditions
  answerHeaders: typeof answerHeaders
  readRequest: typeof readRequest
  retriesAnswer: typeof retriesAnswer
  clientSpan: typeof clientSpan
  serverSpan: typeof serverSpan
  childOf: typeof childOf
  extractB3: typeof extractB3
  injectB3: typeof injectB3
}

/** Where each of them is, as an import of the mesh names it. */
export const homes: Readonly<Record<keyof Functions, string>> = {
  decide: '@bookinfo/rules/decide',
  aim: '@bookinfo/rules/hop',
  authorize: '@bookinfo/rules/authorize',
  authorizeTcp: '@bookinfo/rules/authorize',
  decideTcp: '@bookinfo/rules/decide-tcp',
  trafficTo: '@bookinfo/rules/decide-tcp',
  routesOf: '@bookinfo/rules/tcp-route-choice',
  mostSpecificRoute: '@bookinfo/rules/tcp-route-choice',
  connectTo: '../../src/proxy/tcp-upstream.ts',
  resetSocket: '../../src/proxy/tcp-upstream.ts',
  pickEndpoint: '@bookinfo/rules/pick-endpoint',
  isGrpc: '@bookinfo/rules/grpc',
  grpcCodeOf: '@bookinfo/rules/grpc',
  grpcTimeoutMs: '@bookinfo/rules/grpc',
  grpcReply: '../../src/proxy/local-replies.ts',
  fullMatch: '@bookinfo/rules/string-match',
  matcherOf: '@bookinfo/rules/string-match',
  withoutHeaderConditions: '@bookinfo/rules/conditions',
  answerHeaders: '../../src/proxy/headers.ts',
  readRequest: '../../src/proxy/read-request.ts',
  retriesAnswer: '../../src/proxy/retry.ts',
  clientSpan: '../../src/proxy/spans.ts',
  serverSpan: '../../src/proxy/spans.ts',
  childOf: '../../src/tracing/b3.ts',
  extractB3: '../../src/tracing/b3.ts',
  injectB3: '../../src/tracing/b3.ts',
}

export interface Fault {
  /** What is wrong, in one sentence. */
  title: string
  /** Checks that have to fail, by any of their APIs. */
  kills: readonly string[]
  /** Features whose other checks may fail too, because they are about the same thing. */
  touches: readonly string[]
  wrap: { [Name in keyof Functions]?: (real: Functions[Name]) => Functions[Name] }
}

/** A header as the client sent it. */
export const fieldOf = ({ rawHeaders }: Asked, name: string): string | undefined => {
  const at = rawHeaders.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name)
  return at < 0 ? undefined : rawHeaders[at + 1]
}

export const fault = (made: Fault): Fault => made

/** Wrong decisions from right ones. */
export const decision =
  (change: (decision: Decision, request: RuleRequest) => Decision) =>
  (real: Functions['decide']): Functions['decide'] =>
  (rules, request, caller, state, random) =>
    change(real(rules, request, caller, state, random), request)

export const forward = (change: (decision: Forward, request: RuleRequest) => Decision) =>
  decision((made, request) => (made.kind === 'forward' ? change(made, request) : made))

export const respond = (change: (decision: Respond, request: RuleRequest) => Decision) =>
  decision((made, request) => (made.kind === 'respond' ? change(made, request) : made))

/** Right decisions about requests that were misread. What goes on is the request as it was. */
export const misread =
  (change: (request: RuleRequest) => RuleRequest) =>
  (real: Functions['decide']): Functions['decide'] =>
  (rules, request, caller, state, random) => {
    const seen = change(request)
    const made = real(rules, seen, caller, state, random)
    return made.kind === 'forward' && made.path === seen.path ? { ...made, path: request.path } : made
  }

/** Some decisions (`which`), once in a while (`share`, 0 to 1), are made a second time: shares shift away from them. */
export const again =
  (share: number, which: (decision: Decision) => boolean) =>
  (real: Functions['decide']): Functions['decide'] =>
  (rules, request, caller, state, random) => {
    const first = real(rules, request, caller, state, random)
    return which(first) && random() < share ? real(rules, request, caller, state, random) : first
  }

/** Wrong verdicts from right ones. */
export const verdict =
  (change: (verdict: Verdict) => Verdict) =>
  (real: Functions['authorize']): Functions['authorize'] =>
  async (...given) =>
    change(await real(...given))

export const allowed: Verdict = { allow: true, steps: [], requestHeaders: { remove: [], set: [], add: [] } }
