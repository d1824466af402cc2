/** ReferenceGrant, `gateway.networking.k8s.io/v1`, v1beta1 and v1alpha2. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { list, nonEmpty, object, required, string } from '../schema.ts'
import { namespaceName } from './parts.ts'

export const referenceGrant = object({
  from: required(list(object({ group: required(string()), kind: required(nonEmpty), namespace: required(namespaceName) }), { min: 1 })),
  to: required(list(object({ group: required(string()), kind: required(nonEmpty), name: nonEmpty }), { min: 1 })),
})

export type ReferenceGrant = TypeOf<typeof referenceGrant>
export type ReferenceGrantObject = ObjectOf<ReferenceGrant>
