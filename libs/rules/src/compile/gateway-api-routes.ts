import { isOf, ruleKinds } from '../manifests/kinds.ts'
import type { Grants } from './grants.ts'
import { grpcRouteRoutes } from './grpc-route-routes.ts'
import { httpRouteRoutes } from './http-route-routes.ts'
import type { GatewayRoute, RankedRoute } from './route-parts.ts'

/** Routes of an HTTPRoute or a GRPCRoute, each with its rank. */
export const rankedRoutes = (object: GatewayRoute, grants: Grants): RankedRoute[] =>
  isOf(ruleKinds.grpcRoute, object) ? grpcRouteRoutes(object, grants) : httpRouteRoutes(object, grants)
