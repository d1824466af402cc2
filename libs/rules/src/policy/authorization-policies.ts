/** AuthorizationPolicy: who may do what at a workload. */
import type { Caller, Claims, RuleRequest, Workload } from '../model/decision.ts'
import type { Step } from '../model/fact.ts'
import { inBlocks } from '../model/cidr.ts'
import { headerValues } from '../model/conditions.ts'
import type { PolicyCondition, PolicyRule, AuthorizationPolicyObject } from '../manifests/kinds/authorization-policy.ts'
import { whereIs } from '../model/manifest.ts'
import { pathTest, serviceAccountTest, valueTest } from './policy-values.ts'
import { selects } from './selector.ts'

/** What a policy can ask about. */
export interface Asked {
  request: RuleRequest
  caller: Caller
  /** SPIFFE identity of an mTLS connection. */
  principal: string | undefined
  token: Claims | undefined
  port: number
}

/** Whether access is given, by what, and the rule or the policies that say so. */
interface Judgement {
  allow: boolean
  rule: string
  by: 'rule' | 'none' | 'no-policy'
}

type Test = (asked: Asked) => boolean

interface Ready {
  where: string
  object: AuthorizationPolicyObject
  deny: boolean
  rules: readonly { where: string; test: Test; tcp: Test | undefined }[]
}

/** No rule for connections asks for anything of it. */
const noRequest: RuleRequest = { method: '', scheme: 'http', authority: '', port: 0, path: '', headers: {} }

const isDryRun = ({ raw }: AuthorizationPolicyObject): boolean => {
  const { annotations } = raw['metadata'] as { annotations?: Record<string, string> }
  return annotations?.['istio.io/dry-run'] === 'true'
}

export class AuthorizationPolicies {
  readonly #policies: readonly Ready[]
  readonly #dryRun: readonly Ready[]
  readonly #rootNamespace: string

  constructor(objects: readonly AuthorizationPolicyObject[], rootNamespace: string) {
    this.#rootNamespace = rootNamespace
    const ready = objects.map((object) => ({
      where: whereIs(object),
      object,
      deny: object.spec.action === 'DENY',
      rules: (object.spec.rules ?? []).map((rule, index) => {
        const forTcp = ofConnections(rule, object.spec.action === 'DENY')
        return { where: `${whereIs(object)} spec.rules[${index}]`, test: ruleTest(rule), tcp: forTcp && ruleTest(forTcp) }
      }),
    }))
    this.#policies = ready.filter(({ object }) => !isDryRun(object))
    this.#dryRun = ready.filter(({ object }) => isDryRun(object))
  }

  /** What the policies that are only tried (`istio.io/dry-run`) would say, and as the tags of Istio's spans; undefined without any. */
  tryOut(asked: Asked, workload: Workload): { steps: Step[]; tags: Record<string, string> } | undefined {
    if (this.#dryRun.length === 0) return undefined
    const policies = this.#dryRun.filter(({ object }) => selects(object, workload, this.#rootNamespace))
    const steps: Step[] = []
    const tags: Record<string, string> = {}
    for (const kind of ['deny', 'allow'] as const) {
      const own = policies.filter(({ deny }) => deny === (kind === 'deny'))
      if (own.length === 0) continue
      const hit = own
        .flatMap(({ object, rules }) => rules.map((rule, index) => ({ object, index, ...rule })))
        .find(({ test }) => test(asked))
      const denied = (kind === 'deny') === (hit !== undefined)
      const prefix = `istio.authorization.dry_run.${kind}_policy`
      if (hit) tags[`${prefix}.name`] = `ns[${hit.object.namespace}]-policy[${hit.object.name}]-rule[${hit.index}]`
      tags[`${prefix}.result`] = denied ? 'denied' : 'allowed'
      steps.push({
        rule: hit?.where ?? own[0]!.where,
        fact: { kind: 'access', allow: !denied, by: hit ? 'rule' : 'none', dryRun: true },
      })
    }
    return { steps, tags }
  }

  /** What policies say to a connection without HTTP. */
  checkTcp({ sni, ...asked }: Omit<Asked, 'request' | 'token'> & { sni: string | undefined }, workload: Workload) {
    const request = sni === undefined ? noRequest : { ...noRequest, sni }
    return this.check({ ...asked, token: undefined, request }, workload, 'tcp')
  }

  /** DENY goes before ALLOW; where an ALLOW policy holds, what none allows is denied. */
  check(asked: Asked, workload: Workload, by: 'test' | 'tcp' = 'test'): Judgement {
    if (this.#policies.length === 0) return { allow: true, rule: 'default', by: 'no-policy' }
    const policies = this.#policies.filter(({ object }) => selects(object, workload, this.#rootNamespace))
    for (const { deny, rules } of policies) {
      const hit = deny ? rules.find((rule) => rule[by]?.(asked)) : undefined
      if (hit) return { allow: false, rule: hit.where, by: 'rule' }
    }
    const allows = policies.filter(({ deny }) => !deny)
    for (const { rules } of allows) {
      const hit = rules.find((rule) => rule[by]?.(asked))
      if (hit) return { allow: true, rule: hit.where, by: 'rule' }
    }
    if (allows.length === 0) return { allow: true, rule: 'default', by: 'none' }
    return { allow: false, rule: allows.map(({ where }) => where).join(', '), by: 'none' }
  }
}

const all =
  (tests: readonly Test[]): Test =>
  (asked) =>
    tests.every((test) => test(asked))
const any =
  (tests: readonly Test[]): Test =>
  (asked) =>
    tests.length === 0 || tests.some((test) => test(asked))

const httpOnly = new Set(['requestPrincipals', 'notRequestPrincipals', 'hosts', 'notHosts', 'methods', 'notMethods', 'paths', 'notPaths'])
const isHttpOnly = (key: string): boolean => key.startsWith('request.')

/** A rule for connections, without the fields that only HTTP has. As in Istio, an ALLOW rule with such a field never matches: undefined. */
const ofConnections = (rule: PolicyRule, deny: boolean): PolicyRule | undefined => {
  const { from, to, when } = rule
  const parts = [...(from ?? []).map(({ source }) => source), ...(to ?? []).map(({ operation }) => operation)]
  if (!deny && (parts.some((part) => Object.keys(part).some((field) => httpOnly.has(field))) || when?.some(({ key }) => isHttpOnly(key))))
    return undefined
  const kept = <Part extends object>(part: Part) =>
    Object.fromEntries(Object.entries(part).filter(([field]) => !httpOnly.has(field))) as Part
  return {
    ...(from && { from: from.map(({ source }) => ({ source: kept(source) })) }),
    ...(to && { to: to.map(({ operation }) => ({ operation: kept(operation) })) }),
    ...(when && { when: when.filter(({ key }) => !isHttpOnly(key)) }),
  }
}

/** One of `from`, one of `to`, all of `when`. */
const ruleTest = ({ from = [], to = [], when = [] }: PolicyRule): Test =>
  all([
    any(from.map(({ source }) => sourceTest(source))),
    any(to.map(({ operation }) => operationTest(operation))),
    all(when.map(conditionTest)),
  ])

type Value = (asked: Asked) => string | undefined | readonly string[]

/** One of `values`, and none of `notValues`. What the request does not have fits no value. */
const pair = (
  values: readonly string[] | undefined,
  notValues: readonly string[] | undefined,
  value: Value,
  make: (pattern: string) => (value: string) => boolean,
): Test[] => {
  const hits = (patterns: readonly string[]): Test => {
    const tests = patterns.map(make)
    return (asked) => [value(asked) ?? []].flat().some((each) => tests.some((test) => test(each)))
  }
  const wanted = values && hits(values)
  const unwanted = notValues && hits(notValues)
  return [...(wanted ? [wanted] : []), ...(unwanted ? [(asked: Asked) => !unwanted(asked)] : [])]
}

const block = (pattern: string): ((address: string) => boolean) => inBlocks([pattern])
const caseless = (pattern: string): ((value: string) => boolean) => {
  const test = valueTest(pattern.toLowerCase())
  return (value) => test(value.toLowerCase())
}
const namespaceOf: Value = ({ principal }) => principal && /\/ns\/([^/]+)\//.exec(principal)?.[1]
const peerIp: Value = ({ caller }) => caller.remoteIp

const sourceTest = (source: NonNullable<PolicyRule['from']>[number]['source']): Test =>
  all([
    ...pair(source.principals, source.notPrincipals, ({ principal }) => principal, valueTest),
    ...pair(source.requestPrincipals, source.notRequestPrincipals, ({ token }) => token?.principal, valueTest),
    ...pair(source.namespaces, source.notNamespaces, namespaceOf, valueTest),
    ...pair(source.serviceAccounts, source.notServiceAccounts, ({ principal }) => principal, serviceAccountTest),
    ...pair(source.ipBlocks, source.notIpBlocks, peerIp, block),
    ...pair(source.remoteIpBlocks, source.notRemoteIpBlocks, peerIp, block),
  ])

const operationTest = (operation: NonNullable<PolicyRule['to']>[number]['operation']): Test =>
  all([
    ...pair(operation.hosts, operation.notHosts, ({ request }) => request.authority, caseless),
    ...pair(operation.ports, operation.notPorts, ({ port }) => String(port), valueTest),
    ...pair(operation.methods, operation.notMethods, ({ request }) => request.method, valueTest),
    ...pair(operation.paths, operation.notPaths, ({ request }) => request.path.split('?', 1)[0], pathTest),
  ])

const conditionTest = ({ key, values, notValues }: PolicyCondition): Test => {
  const make = key.endsWith('.ip') ? block : key === 'source.serviceAccount' ? serviceAccountTest : valueTest
  return all(pair(values, notValues, attributeOf(key), make))
}

const attributeOf = (key: string): Value => {
  const header = /^request\.headers\[(.+)\]$/.exec(key)?.[1]?.toLowerCase()
  if (header !== undefined)
    return ({ request }) => (header === ':authority' || header === 'host' ? request.authority : headerValues(request, header)?.join(','))
  const claims = /^request\.auth\.claims((?:\[[^\]]+\])+)$/.exec(key)?.[1]
  if (claims !== undefined) {
    const path = claims.slice(1, -1).split('][')
    return ({ token }) => token?.claim(path)
  }
  switch (key) {
    case 'source.ip':
    case 'remote.ip':
      return peerIp
    case 'source.namespace':
      return namespaceOf
    case 'source.principal':
    case 'source.serviceAccount':
      return ({ principal }) => principal
    case 'connection.sni':
      return ({ request }) => request.sni
    case 'request.auth.principal':
      return ({ token }) => token?.principal
    case 'request.auth.audiences':
      return ({ token }) => token?.claim(['aud'])
    case 'request.auth.presenter':
      return ({ token }) => token?.claim(['azp'])
    default:
      return ({ port }) => String(port)
  }
}
