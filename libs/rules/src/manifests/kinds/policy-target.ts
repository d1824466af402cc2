/** What a policy is for, in RequestAuthentication and AuthorizationPolicy. */
import type { TypeOf } from '../schema.ts'
import { list, object, oneOf, oneOfSupported, refused, required } from '../schema.ts'
import { objectName, selector } from './parts.ts'

const targetRef = object({
  group: oneOf('gateway.networking.k8s.io'),
  kind: required(
    oneOfSupported(['Gateway'], {
      Service: 'there are no waypoints; select workloads by labels',
      GatewayClass: 'there are no waypoints; select workloads by labels',
      ServiceEntry: 'there are no waypoints; select workloads by labels',
    }),
  ),
  name: required(objectName),
  namespace: refused('Istio itself requires it to be empty'),
})
export const targets = { selector, targetRef, targetRefs: list(targetRef) }
export const oneTarget = (value: { selector?: unknown; targetRef?: unknown; targetRefs?: unknown }): string | undefined =>
  [value.selector, value.targetRef, value.targetRefs].filter((each) => each !== undefined).length > 1
    ? 'must have only one of selector, targetRef and targetRefs'
    : undefined

const policyTarget = object(targets)
export type PolicyTarget = TypeOf<typeof policyTarget>
