/** RouteRule of Istio 0.2, `config.istio.io/v1alpha2`. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { integer, list, map, nonEmpty, number, object, refused, required, string } from '../schema.ts'
import { durationOf, headerValue, labels, stringMatch } from './parts.ts'

const removed = 'Istio 0.8 has dropped it without a successor'
const tcp = 'write a VirtualService: its tcp routes connections'

// Istio 0.2's IstioService: how rules named a service.
const service = {
  name: required(nonEmpty),
  namespace: nonEmpty,
  domain: refused('the local mesh has one domain, svc.cluster.local'),
  service: refused('write the short name in name'),
}

export const routeRule = object(
  {
    destination: required(object({ ...service, labels: refused('Istio 0.2 refuses labels here; write them at route') })),
    precedence: integer(0, 2 ** 31 - 1),
    match: object({
      source: object({ ...service, labels }),
      request: object({ headers: map(stringMatch) }),
      tcp: refused(tcp),
      udp: refused('the local mesh does not route UDP'),
    }),
    route: list(object({ destination: object({ ...service, labels: refused('write them at route') }), labels, weight: integer(0, 100) })),
    redirect: object({ uri: string(), authority: string() }),
    rewrite: object({ uri: string(), authority: string() }),
    httpReqTimeout: object({
      simpleTimeout: required(object({ timeout: required(durationOf(1)), overrideHeaderName: refused(removed) })),
      custom: refused(removed),
    }),
    httpReqRetries: object({
      simpleRetry: required(
        object({ attempts: required(integer(0, 100)), perTryTimeout: durationOf(1), overrideHeaderName: refused(removed) }),
      ),
      custom: refused(removed),
    }),
    httpFault: object({
      delay: object({
        percent: number(0, 100),
        fixedDelay: required(durationOf(1)),
        exponentialDelay: refused(removed),
        overrideHeaderName: refused(removed),
      }),
      abort: object({
        percent: number(0, 100),
        httpStatus: required(integer(200, 599)),
        grpcStatus: refused(removed),
        http2Error: refused(removed),
        overrideHeaderName: refused(removed),
      }),
    }),
    l4Fault: refused(removed),
    mirror: object({ ...service, labels }),
    appendHeaders: map(headerValue),
    websocketUpgrade: refused('upgrades pass without a setting'),
    corsPolicy: refused('write a VirtualService'),
  },
  (value) => {
    if (value.redirect && value.route) return 'must have only one of route and redirect'
    const sum = (value.route ?? []).reduce((total, { weight }) => total + (weight ?? 0), 0)
    return (value.route ?? []).length > 1 && sum !== 100
      ? { at: 'route', message: `the weights must add up to 100, they are ${sum}` }
      : undefined
  },
)

export type RouteRule = TypeOf<typeof routeRule>
export type RouteRuleObject = ObjectOf<RouteRule>
