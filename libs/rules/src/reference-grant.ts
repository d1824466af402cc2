import type { ReferenceGrant } from './kinds/gateway-api.ts'
import type { StoredObject } from './manifest.ts'

export interface ReferenceGrantObject extends StoredObject {
  spec: ReferenceGrant
}

/** Which references from an HTTPRoute into another namespace are allowed. */
export interface Grants {
  allow: (route: { namespace: string }, namespace: string, service: string) => boolean
}

export const grantsOf = (objects: readonly ReferenceGrantObject[]): Grants => ({
  allow: (route, namespace, service) =>
    objects.some(
      (grant) =>
        grant.namespace === namespace &&
        grant.spec.from.some(
          (from) => from.group === 'gateway.networking.k8s.io' && from.kind === 'HTTPRoute' && from.namespace === route.namespace,
        ) &&
        grant.spec.to.some((to) => to.group === '' && to.kind === 'Service' && (to.name === undefined || to.name === service)),
    ),
})
