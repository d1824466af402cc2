/** What HTTPRoute and GRPCRoute have in common. */
import { hostProblem } from '../../model/host.ts'
import { regexProblem } from '../../model/string-match.ts'
import type { Schema, TypeOf } from '../schema.ts'
import { integer, list, nonEmpty, object, oneOf, oneOfSupported, port, refused, required, string } from '../schema.ts'
import { durationOf, headerName, headerValue, namespaceName } from './parts.ts'

export const parentRefs = required(
  list(
    object(
      {
        group: oneOf('gateway.networking.k8s.io', ''),
        kind: oneOfSupported(['Gateway', 'Service'], {
          ListenerSet: 'ListenerSets are not implemented',
          ServiceEntry: 'use a VirtualService',
        }),
        name: required(nonEmpty),
        namespace: namespaceName,
        sectionName: nonEmpty,
        port,
      },
      ({ group, kind = 'Gateway' }) =>
        (group ?? 'gateway.networking.k8s.io') === (kind === 'Service' ? '' : 'gateway.networking.k8s.io')
          ? undefined
          : { at: 'group', message: kind === 'Service' ? 'must be "" for a Service' : 'must be gateway.networking.k8s.io for a Gateway' },
    ),
    { min: 1, max: 32 },
  ),
)

export const hostnames = list(
  string((value) => (value === '*' ? 'must not be "*": leave hostnames out' : hostProblem(value, true)), 'host name or wildcard'),
  { max: 16 },
)

export const valueMatch = (name: Schema<string>) =>
  object({ type: oneOf('Exact', 'RegularExpression'), name: required(name), value: required(nonEmpty) }, ({ type, value }) => {
    const message = type === 'RegularExpression' ? regexProblem(value) : undefined
    return message === undefined ? undefined : { at: 'value', message }
  })

export const backend = {
  group: oneOfSupported([''], { 'networking.istio.io': 'use a Service' }),
  kind: oneOfSupported(['Service'], { ServiceImport: 'there is one cluster', Hostname: 'use a ServiceEntry and a VirtualService' }),
  name: required(nonEmpty),
  namespace: namespaceName,
  port: required(port),
}

const header = object({ name: required(headerName), value: required(headerValue) })
export const headerModifier = object({
  set: list(header, { max: 16 }),
  add: list(header, { max: 16 }),
  remove: list(headerName, { max: 16 }),
})
export const mirror = object(
  {
    backendRef: required(object(backend)),
    percent: integer(0, 100),
    fraction: object(
      { numerator: required(integer(0, 2 ** 31 - 1)), denominator: integer(1, 2 ** 31 - 1) },
      ({ numerator, denominator = 100 }) => (numerator > denominator ? 'must not be above 1' : undefined),
    ),
  },
  (value) => (value.percent !== undefined && value.fraction ? 'must have only one of percent and fraction' : undefined),
)
export const noExtension = 'the local mesh has no extension filters'

export const sessionPersistence = object(
  {
    sessionName: nonEmpty,
    type: oneOf('Cookie', 'Header'),
    absoluteTimeout: durationOf(1),
    idleTimeout: refused('sessions are kept only in the cookie, without state in the mesh'),
    cookie: refused('in the released API this field is cookieConfig'),
    cookieConfig: object({ lifetimeType: oneOf('Permanent', 'Session') }),
    header: refused('the released API has only sessionName'),
  },
  (value) =>
    value.cookieConfig?.lifetimeType === 'Permanent' && value.absoluteTimeout === undefined
      ? { at: 'absoluteTimeout', message: 'is needed for a Permanent cookie' }
      : undefined,
)

export const useDefaultGateways = refused('routes name their gateway')

export type ParentRef = TypeOf<typeof parentRefs>[number]
export type Mirror = TypeOf<typeof mirror>
export type HeaderModifier = TypeOf<typeof headerModifier>
export type SessionPersistence = TypeOf<typeof sessionPersistence>
