/** TCPRoute, `gateway.networking.k8s.io/v1` and v1alpha2. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { ignored, integer, list, nonEmpty, object, required } from '../schema.ts'
import { backend, parentRefs, useDefaultGateways } from './gateway-api-parts.ts'

/** A rule that says only where connections go. */
export const connectionRule = object({
  name: ignored('logs name the destination of a connection, not its rule', nonEmpty),
  backendRefs: required(list(object({ ...backend, weight: integer(0, 1_000_000) }), { min: 1, max: 16 })),
})

export const tcpRoute = object({
  parentRefs,
  rules: required(list(connectionRule, { min: 1, max: 16 })),
  useDefaultGateways,
})

export type TcpRouteSpec = TypeOf<typeof tcpRoute>
export type TcpRouteObject = ObjectOf<TcpRouteSpec>
