/** AuthorizationPolicy, `security.istio.io/v1` and v1beta1. */
import type { ObjectOf } from '../../model/manifest.ts'
import { cidrProblem } from '../../model/cidr.ts'
import { cidr } from './parts.ts'
import { oneTarget, targets } from './policy-target.ts'
import type { TypeOf } from '../schema.ts'
import { list, nonEmpty, object, oneOfSupported, refused, required, string } from '../schema.ts'

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

export type AuthorizationPolicy = TypeOf<typeof authorizationPolicy>
export type AuthorizationPolicyObject = ObjectOf<AuthorizationPolicy>
export type PolicyRule = NonNullable<AuthorizationPolicy['rules']>[number]
export type PolicyCondition = TypeOf<typeof condition>
