/** Services as parents of routes: which routes of a Service hold, at which of its ports. */
import type { ParentRef } from '../manifests/kinds/gateway-api-parts.ts'
import { missingPort } from './backend-problem.ts'
import { isGatewayParent, type Refusal } from './gateway-attachment.ts'
import type { Registry } from './registry.ts'
import { routeKind, type ConnectionRoute, type GatewayRoute } from './route-parts.ts'

type AnyRoute = GatewayRoute | ConnectionRoute

/** `every`, or the numbers of ports. */
type Ports = 'every' | ReadonlySet<number>

export const hostOfParent = ({ name, namespace }: ParentRef, route: AnyRoute): string =>
  `${name}.${namespace ?? route.namespace}.svc.cluster.local`

export class ServiceParents {
  readonly #registry: Registry
  /** Ports that have GRPCRoutes, by the routes' namespace and the service's host. */
  readonly #grpc = new Map<string, Ports>()

  constructor(routes: readonly GatewayRoute[], registry: Registry) {
    this.#registry = registry
    for (const route of routes) {
      if (routeKind(route) !== 'GRPCRoute') continue
      for (const parent of route.spec.parentRefs) {
        if (isGatewayParent(parent)) continue
        const key = keyOf(route, parent)
        const known = this.#grpc.get(key) ?? new Set()
        this.#grpc.set(key, known === 'every' || parent.port === undefined ? 'every' : new Set([...known, parent.port]))
      }
    }
  }

  /** Ports where a GRPCRoute takes the place of `route`: of two types at one port, the more specific one holds. */
  taken(route: AnyRoute, parent: ParentRef): Ports {
    return (routeKind(route) === 'HTTPRoute' && this.#grpc.get(keyOf(route, parent))) || new Set()
  }

  /** Why a Service does not take a route. */
  refusal(route: AnyRoute, parent: ParentRef): Refusal | undefined {
    const message = missingPort(this.#registry, hostOfParent(parent, route), parent.port)
    if (message !== undefined) return { reason: 'NoMatchingParent', message }
    const taken = this.taken(route, parent)
    const ports =
      parent.port === undefined ? this.#registry.get(hostOfParent(parent, route))!.ports.map(({ number }) => number) : [parent.port]
    if (taken !== 'every' && !ports.every((port) => taken.has(port))) return undefined
    const where = parent.port === undefined ? parent.name : `port ${parent.port} of ${parent.name}`
    return { reason: 'Conflicted', message: `${where} has a GRPCRoute, which goes before HTTPRoutes` }
  }
}

const keyOf = (route: AnyRoute, parent: ParentRef) => `${route.namespace}|${hostOfParent(parent, route)}`
