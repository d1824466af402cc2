/** TLSRoute, `gateway.networking.k8s.io/v1`, v1alpha3 and v1alpha2. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { list, object, required } from '../schema.ts'
import { hostnames, parentRefs, useDefaultGateways } from './gateway-api-parts.ts'
import { connectionRule } from './tcp-route.ts'

export const tlsRoute = object({
  parentRefs,
  hostnames,
  rules: required(list(connectionRule, { min: 1, max: 16 })),
  useDefaultGateways,
})

export type TlsRouteSpec = TypeOf<typeof tlsRoute>
export type TlsRouteObject = ObjectOf<TlsRouteSpec>
