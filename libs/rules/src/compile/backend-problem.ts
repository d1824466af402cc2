/** Why a route's reference cannot be followed, by the reasons of the Gateway API. */
import { wordsOf } from '../explain/words.ts'
import type { ParentRef } from '../manifests/kinds/gateway-api-parts.ts'
import { isGatewayParent } from './gateway-attachment.ts'
import { everythingGranted, type Grants } from './grants.ts'
import type { Registry } from './registry.ts'
import { routeKind, rulesOf, type ConnectionRoute, type GatewayRoute } from './route-parts.ts'

export interface RefProblem {
  reason: 'BackendNotFound' | 'RefNotPermitted'
  message: string
}

/** Of all backends and mirrors of a route, as one of its parents sees them. */
export const backendProblems = (
  route: GatewayRoute | ConnectionRoute,
  parent: ParentRef,
  registry: Registry,
  given: Grants,
): RefProblem[] => {
  const grants = isGatewayParent(parent) ? given : everythingGranted
  const refs = rulesOf(route).flatMap(({ backendRefs = [], filters = [] }) => [
    ...backendRefs,
    ...filters.flatMap(({ requestMirror }) => requestMirror?.backendRef ?? []),
  ])
  return refs.flatMap(({ name, namespace = route.namespace, port }): RefProblem[] => {
    const permitted = grants.allow({
      from: { kind: routeKind(route), namespace: route.namespace },
      to: { kind: 'Service', namespace, name },
    })
    if (!permitted)
      return [
        {
          reason: 'RefNotPermitted',
          message: `no ReferenceGrant in ${namespace} lets ${route.kind}s of ${route.namespace} refer to Service ${name}`,
        },
      ]
    const missing = missingPort(registry, `${name}.${namespace}.svc.cluster.local`, port)
    return missing === undefined ? [] : [{ reason: 'BackendNotFound', message: missing }]
  })
}

/** What a destination lacks: itself, or the port. */
export const missingPort = (registry: Registry, host: string, port: number | undefined): string | undefined => {
  const service = registry.get(host)
  if (!service) return wordsOf({ kind: 'host-unknown', host })
  return port === undefined || service.ports.some(({ number }) => number === port)
    ? undefined
    : wordsOf({ kind: 'port-unknown', host, port })
}
