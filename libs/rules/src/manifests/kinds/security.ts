/** PeerAuthentication, RequestAuthentication and AuthorizationPolicy, `security.istio.io/v1` and v1beta1. */
import { isKeySet } from '../../model/key-set.ts'
import type { TypeOf } from '../schema.ts'
import { boolean, list, map, nonEmpty, object, oneOf, oneOfSupported, refused, required, string } from '../schema.ts'
import { durationOf, headerName, objectName, selector } from './parts.ts'
import { cidrProblem } from '../../model/cidr.ts'

const mtls = object({ mode: oneOf('UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT') })

export const peerAuthentication = object({ selector, mtls, portLevelMtls: map(mtls) }, (value) => {
  if (!value.portLevelMtls) return undefined
  if (!value.selector?.matchLabels || Object.keys(value.selector.matchLabels).length === 0)
    return { at: 'portLevelMtls', message: 'needs a selector' }
  const wrong = Object.keys(value.portLevelMtls).find((port) => !/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65535)
  return wrong === undefined ? undefined : { at: 'portLevelMtls', message: `${JSON.stringify(wrong.slice(0, 40))} is not a port` }
})

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
const targets = { selector, targetRef, targetRefs: list(targetRef) }
const oneTarget = (value: { selector?: unknown; targetRef?: unknown; targetRefs?: unknown }): string | undefined =>
  [value.selector, value.targetRef, value.targetRefs].filter((each) => each !== undefined).length > 1
    ? 'must have only one of selector, targetRef and targetRefs'
    : undefined

const jwks = string((value) => (isKeySet(value) ? undefined : 'must be a JSON Web Key Set: {"keys": […]}'), 'JWKS')
const address = string(
  (value) => (/^https?:\/\//.test(value) && URL.canParse(value) ? undefined : 'must be an address, https://…'),
  'http(s) address',
)

export const requestAuthentication = object(
  {
    ...targets,
    jwtRules: list(
      object(
        {
          issuer: required(nonEmpty),
          audiences: list(nonEmpty),
          jwks,
          jwksUri: address,
          jwks_uri: refused('write jwksUri'),
          fromHeaders: list(object({ name: required(headerName), prefix: string() })),
          fromParams: list(nonEmpty),
          fromCookies: list(nonEmpty),
          outputPayloadToHeader: headerName,
          outputClaimToHeaders: list(object({ header: required(headerName), claim: required(nonEmpty) })),
          forwardOriginalToken: boolean,
          timeout: durationOf(1),
          presence: refused('to deny requests without a token, use an AuthorizationPolicy with action DENY and notRequestPrincipals ["*"]'),
          spaceDelimitedClaims: refused('only scope and permission are split at spaces, as Istio does by default'),
        },
        (value) => {
          if (value.jwks !== undefined && value.jwksUri !== undefined) return 'must have only one of jwks and jwksUri'
          return value.jwks === undefined && value.jwksUri === undefined
            ? { at: 'jwks', message: "is missing: the mesh does not read an issuer's discovery document" }
            : undefined
        },
      ),
    ),
  },
  oneTarget,
)

const cidr = string(cidrProblem, 'address or CIDR')
const values = list(nonEmpty, { min: 1 })
const cidrs = list(cidr, { min: 1 })
const port = list(
  string((value) => (/^\d{1,5}$/.test(value) && Number(value) <= 65535 ? undefined : 'must be a port in quotes')),
  { min: 1 },
)

const source = object(
  {
    principals: values,
    notPrincipals: values,
    requestPrincipals: values,
    notRequestPrincipals: values,
    namespaces: values,
    notNamespaces: values,
    serviceAccounts: values,
    notServiceAccounts: values,
    ipBlocks: cidrs,
    notIpBlocks: cidrs,
    remoteIpBlocks: cidrs,
    notRemoteIpBlocks: cidrs,
    trustDomains: refused('the local mesh has one trust domain'),
    notTrustDomains: refused('the local mesh has one trust domain'),
  },
  (value) => (Object.keys(value).length === 0 ? 'must not be empty' : undefined),
)

const operation = object(
  { hosts: values, notHosts: values, ports: port, notPorts: port, methods: values, notMethods: values, paths: values, notPaths: values },
  (value) => (Object.keys(value).length === 0 ? 'must not be empty' : undefined),
)

const keys =
  /^(?:request\.headers\[[^\]]+\]|source\.ip|remote\.ip|source\.namespace|source\.principal|source\.serviceAccount|request\.auth\.principal|request\.auth\.audiences|request\.auth\.presenter|request\.auth\.claims(?:\[[^\]]+\])+|destination\.port|connection\.sni)$/
const attribute = string((value) => {
  if (keys.test(value)) return undefined
  if (/^(?:destination\.ip|experimental\.)/.test(value))
    return `${JSON.stringify(value.slice(0, 80))} is not supported by the local mesh: every workload has the same address, and Envoy's own metadata is not here`
  return `${JSON.stringify(value.slice(0, 80))} is not an attribute of a request`
}, 'attribute')

const condition = object({ key: required(attribute), values, notValues: values }, (value) => {
  if (!value.values && !value.notValues) return 'must have values or notValues'
  if (!value.key.endsWith('.ip')) return undefined
  const wrong = [...(value.values ?? []), ...(value.notValues ?? [])].map(cidrProblem).find((each) => each !== undefined)
  return wrong
})

export const authorizationPolicy = object(
  {
    ...targets,
    action: oneOfSupported(['ALLOW', 'DENY'], { AUDIT: 'nothing audits here', CUSTOM: 'there are no external authorizers' }),
    provider: refused('there are no external authorizers'),
    rules: list(
      object({
        from: list(object({ source: required(source) }), { min: 1 }),
        to: list(object({ operation: required(operation) }), { min: 1 }),
        when: list(condition, { min: 1 }),
      }),
    ),
  },
  (value) =>
    oneTarget(value) ??
    (value.action === 'DENY' && !value.rules ? { at: 'rules', message: 'a DENY policy without rules denies nothing' } : undefined),
)

export type PeerAuthentication = TypeOf<typeof peerAuthentication>
export type RequestAuthentication = TypeOf<typeof requestAuthentication>
export type JwtRule = NonNullable<RequestAuthentication['jwtRules']>[number]
export type AuthorizationPolicy = TypeOf<typeof authorizationPolicy>
export type PolicyRule = NonNullable<AuthorizationPolicy['rules']>[number]
export type PolicyCondition = TypeOf<typeof condition>
export type PolicyTarget = Pick<AuthorizationPolicy, 'selector' | 'targetRef' | 'targetRefs'>
