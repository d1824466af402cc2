import type { ReferenceGrantObject } from '../manifests/kinds/reference-grant.ts'

/** Who refers, and to what. */
interface Reference {
  from: { kind: string; namespace: string }
  to: { kind: 'Service' | 'Secret'; namespace: string; name: string }
}

/** Which references of routes and gateways into other namespaces are allowed; within one, all are. */
export interface Grants {
  allow: (reference: Reference) => boolean
}

export const grantsOf = (objects: readonly ReferenceGrantObject[]): Grants => ({
  allow: ({ from, to }) =>
    from.namespace === to.namespace ||
    objects.some(
      ({ namespace, spec }) =>
        namespace === to.namespace &&
        spec.from.some(
          (each) => each.group === 'gateway.networking.k8s.io' && each.kind === from.kind && each.namespace === from.namespace,
        ) &&
        spec.to.some((each) => each.group === '' && each.kind === to.kind && (each.name === undefined || each.name === to.name)),
    ),
})

/** For routes of a Service: as in Istio, only what comes in at a Gateway has to be granted. */
export const everythingGranted: Grants = { allow: () => true }
