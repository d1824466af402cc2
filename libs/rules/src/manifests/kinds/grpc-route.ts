/** GRPCRoute, `gateway.networking.k8s.io/v1`, experimental fields included. */
import type { ObjectOf } from '../../model/manifest.ts'
import { regexProblem } from '../../model/string-match.ts'
import type { TypeOf } from '../schema.ts'
import { integer, list, nonEmpty, object, oneOf, oneOfSupported, refused, required, string } from '../schema.ts'
import { headerName } from './parts.ts'
import {
  backend,
  headerModifier,
  hostnames,
  mirror,
  noExtension,
  parentRefs,
  sessionPersistence,
  useDefaultGateways,
  valueMatch,
} from './gateway-api-parts.ts'

const names = {
  service: /^\.?[a-z_][a-z_0-9]*(?:\.[a-z_][a-z_0-9]*)*$/i,
  method: /^[A-Za-z_][A-Za-z_0-9]*$/,
}

const method = object({ type: oneOf('Exact', 'RegularExpression'), service: string(), method: string() }, (value) => {
  if (!value.service && !value.method) return 'must have a service, a method or both'
  for (const field of ['service', 'method'] as const) {
    const text = value[field]
    if (!text) continue
    const message =
      value.type === 'RegularExpression'
        ? regexProblem(text)
        : names[field].test(text)
          ? undefined
          : `must be the name of a gRPC ${field}, is ${JSON.stringify(text.slice(0, 80))}`
    if (message !== undefined) return { at: field, message }
  }
  return undefined
})
const match = object({ method, headers: list(valueMatch(headerName), { max: 16 }) })

const filterFields = {
  RequestHeaderModifier: 'requestHeaderModifier',
  ResponseHeaderModifier: 'responseHeaderModifier',
  RequestMirror: 'requestMirror',
} as const

const filter = object(
  {
    type: required(oneOfSupported(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror'], { ExtensionRef: noExtension })),
    requestHeaderModifier: headerModifier,
    responseHeaderModifier: headerModifier,
    requestMirror: mirror,
    extensionRef: refused(noExtension),
  },
  (value) => {
    const field = filterFields[value.type]
    if (value[field] === undefined) return { at: field, message: `is missing (type is ${value.type})` }
    return Object.keys(value).length > 2 ? `must have only type and ${field}` : undefined
  },
)
const mirrorAtTheRule = 'mirror at the rule'
const backendFilter = object(
  {
    type: required(
      oneOfSupported(['RequestHeaderModifier', 'ResponseHeaderModifier'], { RequestMirror: mirrorAtTheRule, ExtensionRef: noExtension }),
    ),
    requestHeaderModifier: headerModifier,
    responseHeaderModifier: headerModifier,
    requestMirror: refused(mirrorAtTheRule),
    extensionRef: refused(noExtension),
  },
  (value) =>
    value[filterFields[value.type]] === undefined
      ? { at: filterFields[value.type], message: `is missing (type is ${value.type})` }
      : undefined,
)

const rule = object(
  {
    name: nonEmpty,
    matches: list(match, { max: 64 }),
    filters: list(filter, { max: 16 }),
    backendRefs: list(object({ ...backend, weight: integer(0, 1_000_000), filters: list(backendFilter, { max: 16 }) }), { max: 16 }),
    sessionPersistence,
  },
  ({ filters = [] }) => {
    const types = filters.map(({ type }) => type)
    const twice = types.find((type, index) => type !== 'RequestMirror' && types.indexOf(type) !== index)
    return twice === undefined ? undefined : { at: 'filters', message: `has ${twice} twice` }
  },
)

export const grpcRoute = object({ parentRefs, hostnames, rules: list(rule, { max: 1000 }), useDefaultGateways })

export type GrpcRouteSpec = TypeOf<typeof grpcRoute>
export type GrpcRouteObject = ObjectOf<GrpcRouteSpec>
export type GrpcRouteRule = NonNullable<GrpcRouteSpec['rules']>[number]
export type GrpcRouteMatch = TypeOf<typeof match>
