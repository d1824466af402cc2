/** BackendTLSPolicy: which one holds, what it asks for, and what the mesh says of it. */
import { beforeAll, describe, expect, test } from 'vitest'
import type { BackendTlsPolicyObject } from '../src/manifests/kinds/backend-tls-policy.ts'
import { hop } from '../src/decide/hop.ts'
import { hopTcp } from '../src/decide/hop-tcp.ts'
import { policyStatus } from '../src/status/gateway-status.ts'
import { certificateFor } from './certificates.ts'
import {
  authorizationPolicy,
  backendTlsPolicy,
  compiledFor,
  configMap,
  destinationRule,
  dial,
  gatewayApiGateway,
  httpRoute,
  numbers,
  peerAuthentication,
  productpage,
  quiet,
  request,
  rulesFor,
  secret,
  sent,
  withEchoes,
} from './support.ts'

let ca: string
beforeAll(async () => {
  ca = (await certificateFor('authority.example')).cert
})

type Spec = Record<string, unknown>
const policy = (name: string, target: Spec = {}, validation: Spec = {}) =>
  backendTlsPolicy(name, {
    targetRefs: [{ group: '', kind: 'Service', name: 'details', sectionName: 'tls-echo', ...target }],
    validation: { caCertificateRefs: [ref('authority')], hostname: 'books.example', ...validation },
  })
const ref = (name: string, kind = 'ConfigMap', group = '') => ({ group, kind, name })
const all = { sectionName: undefined }
const authority = () => configMap('authority', { 'ca.crt': ca })
const inventory = {
  ...withEchoes,
  endpoints: withEchoes.endpoints.map((each) => ({ ...each, principal: `cluster.local/ns/default/sa/${each.workload}` })),
}
const world = { inventory }
const rules = (...manifests: Parameters<typeof rulesFor>[1][]) => rulesFor(world, ...manifests)
type Set = ReturnType<typeof rules>
const tlsAt = (set: Set, port: number, host = 'details') => {
  const decision = dial(set, { host, port })
  return decision.kind === 'forward' ? (decision.cluster.tlsSettings?.sni ?? decision.cluster.tls ?? 'plain') : decision.flags
}
const warnings = ({ warnings: given }: Set) => given.map(({ where, message }) => `${where.replace('rules.yaml#1 ', '')}: ${message}`)

describe('which policy holds', () => {
  test('one for a port goes before one for the whole Service, whichever is older', () => {
    const set = rules(authority(), policy('all', all, { hostname: 'all.example' }), policy('one'))
    expect([9082, 9083].map((port) => tlsAt(set, port))).toEqual(['all.example', 'books.example'])
  })

  test('of two with the same target the older one', () => {
    const set = rules(authority(), policy('b', all, { hostname: 'b.example' }), policy('a', all, { hostname: 'a.example' }))
    expect(tlsAt(set, 9082)).toBe('b.example')
    expect(warnings(set)).toContain(
      'BackendTLSPolicy default/a spec.targetRefs[0]: rules.yaml#1 BackendTLSPolicy default/b is older and has the same target: it has no effect',
    )
  })

  test('it goes before the tls of a DestinationRule, and leaves the rest of that', () => {
    const rule = destinationRule('details', {
      host: 'details',
      trafficPolicy: { tls: { mode: 'DISABLE' }, connectionPool: { tcp: { maxConnections: 7 } } },
    })
    const set = rules(authority(), rule, policy('all', all))
    const { cluster } = sent(set, { authority: 'details:9080' })
    expect([cluster.tls, cluster.pool.maxConnections, cluster.tlsRule]).toEqual(['SIMPLE', 7, 'rules.yaml#1 BackendTLSPolicy default/all'])
    expect(warnings(set)).toContain(
      'DestinationRule default/details spec.trafficPolicy.tls: has no effect for details.default.svc.cluster.local: rules.yaml#1 BackendTLSPolicy default/all says which TLS begins there',
    )
  })

  test('one of another namespace is about a Service there', () => {
    const set = rules(configMap('authority', { 'ca.crt': ca }, { namespace: 'shop' }), {
      ...policy('shop', all),
      metadata: { name: 'shop', namespace: 'shop' },
    })
    expect(tlsAt(set, 9083)).toBe('plain')
    expect(warnings(set)).toEqual(['BackendTLSPolicy shop/shop spec.targetRefs[0]: Service shop/details does not exist: it has no effect'])
  })
})

describe('the authority', () => {
  test('of several references those that are good are used together', () => {
    const set = rules(
      authority(),
      secret('second', { stringData: { 'ca.crt': ca } }),
      policy('p', {}, { caCertificateRefs: [ref('authority'), ref('second', 'Secret'), ref('none')] }),
    )
    const decision = dial(set, { host: 'details', port: 9083 })
    expect(decision.kind === 'forward' && decision.cluster.tlsSettings?.authority).toEqual({ ca: `${ca}\n${ca}` })
    expect(warnings(set)).toEqual([
      'BackendTLSPolicy default/p spec.validation.caCertificateRefs[2]: ConfigMap default/none does not exist, or has no ca.crt: only the others are used',
    ])
  })

  test.each([
    ['that does not exist', ref('none'), 'ConfigMap default/none does not exist, or has no ca.crt'],
    ['that is not a certificate', ref('bad'), 'ca.crt of ConfigMap default/bad is not a certificate in PEM'],
    ['of another kind', ref('a', 'Thing', 'example.com'), 'Thing a is neither a ConfigMap nor a Secret'],
    ['in a Secret without ca.crt', ref('own', 'Secret'), 'Secret default/own has no ca.crt, and there is no Secret own-cacert'],
  ])('a reference %s leaves no endpoint', (_, given, message) => {
    const set = rules(
      configMap('bad', { 'ca.crt': 'x' }),
      secret('own', { stringData: { 'tls.crt': 'x' } }),
      policy('p', {}, { caCertificateRefs: [given] }),
    )
    const decision = dial(set, { host: 'details', port: 9083 })
    expect(decision.kind === 'forward' && [decision.cluster.endpoints, decision.cluster.pods]).toEqual([[], undefined])
    expect(warnings(set)).toEqual([
      `BackendTLSPolicy default/p spec.validation.caCertificateRefs[0]: ${message}: requests that go there fail`,
    ])
  })
})

describe('the proxy in front of the pod', () => {
  const asker = (set: Set) => ({ rules: set, caller: productpage, state: quiet, random: numbers(0) })
  const connection = { host: 'details', port: 9083 }

  test('closes TLS at a port of HTTP, which is a warning as well', async () => {
    const set = rules(authority(), policy('all', all))
    const { verdict } = await hop(asker(set), request({ authority: 'details:9080' }), 0)
    expect(verdict).toEqual({
      allow: false,
      reset: true,
      steps: [{ rule: 'port protocol', fact: { kind: 'tls-not-taken', port: 9080 } }],
    })
    expect(warnings(set)).toEqual([
      'BackendTLSPolicy default/all spec.targetRefs[0]: the pods of details.default.svc.cluster.local take HTTP and no TLS at port 9080: requests that go there fail',
    ])
  })

  test('does the same for a DestinationRule', async () => {
    const set = rules(destinationRule('details', { host: 'details', trafficPolicy: { tls: { mode: 'SIMPLE' } } }))
    expect((await hop(asker(set), request({ authority: 'details:9080' }), 0)).verdict).toMatchObject({ allow: false, reset: true })
    expect(warnings(set)).toEqual([
      'DestinationRule default/details spec.trafficPolicy.tls: the pods of details.default.svc.cluster.local take HTTP and no TLS at port 9080: requests that go there fail',
    ])
  })

  test('passes TLS on at another port, from a caller without an identity', async () => {
    const set = rules(authority(), policy('p'))
    const { verdict, arrived } = await hop(asker(set), request({ authority: 'details:9083', port: 9083 }), 0)
    expect(verdict).toMatchObject({ allow: true, requestHeaders: { set: [] } })
    expect(arrived?.headers['x-forwarded-client-cert']).toBeUndefined()
    expect(hopTcp(asker(set), connection)).toMatchObject({ aim: { sealed: { sni: 'books.example' } }, verdict: { allow: true } })
  })

  test('resets it where mTLS is STRICT', async () => {
    const set = rules(authority(), policy('p'), peerAuthentication('strict', { mtls: { mode: 'STRICT' } }))
    const over = await hop(asker(set), request({ authority: 'details:9083', port: 9083 }), 0)
    expect([over.verdict, hopTcp(asker(set), connection).verdict]).toMatchObject([
      { allow: false, reset: true },
      { allow: false, reset: true },
    ])
  })

  test('judges it by the name that it asks for', () => {
    const denied = (value: string) =>
      authorizationPolicy('sni', { action: 'DENY', rules: [{ when: [{ key: 'connection.sni', values: [value] }] }] })
    const allowed = ['books.example', 'other.example'].map(
      (value) => hopTcp(asker(rules(authority(), policy('p'), denied(value))), connection).verdict?.allow,
    )
    expect(allowed).toEqual([false, true])
  })
})

test('the steps of a decision name the policy and what it verifies', () => {
  const set = rules(authority(), policy('p', {}, { subjectAltNames: [{ type: 'URI', uri: 'spiffe://a/b' }] }))
  expect(dial(set, { host: 'details', port: 9083 }).steps).toContainEqual({
    rule: 'rules.yaml#1 BackendTLSPolicy default/p',
    fact: { kind: 'tls-begun', sni: 'books.example', names: ['spiffe://a/b'] },
  })
})

describe('status', () => {
  const statusOf = (name: string, ...manifests: Parameters<typeof rulesFor>[1][]) => {
    const { set, objects } = compiledFor(world, manifests)
    const { ancestors } = policyStatus(objects.find((each) => each.name === name) as BackendTlsPolicyObject, set)
    return ancestors.map(({ ancestorRef, conditions }) => [
      `${ancestorRef.kind} ${ancestorRef.name}${ancestorRef.sectionName ? ` ${ancestorRef.sectionName}` : ''}`,
      ...conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    ])
  }
  const good = ['Accepted True Accepted', 'ResolvedRefs True ResolvedRefs']
  const route = httpRoute('r', { parentRefs: [{ name: 'door' }], rules: [{ backendRefs: [{ name: 'details', port: 9083 }] }] })
  const door = gatewayApiGateway('door', { gatewayClassName: 'istio', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] })

  test('each target, and each Gateway that leads there', () => {
    expect(statusOf('p', authority(), door, route, policy('p'))).toEqual([
      ['Service details tls-echo', ...good],
      ['Gateway door', ...good],
    ])
  })

  test('no Gateway whose routes lead to another port', () => {
    expect(statusOf('p', authority(), door, route, policy('p', { sectionName: 'tcp-echo' }))).toEqual([
      ['Service details tcp-echo', ...good],
    ])
  })

  test.each([
    ['a Service that does not exist', { name: 'none', ...all }],
    ['a port that it does not have', { sectionName: 'none' }],
  ])('%s', (_, target) => {
    expect(statusOf('p', authority(), policy('p', target))[0]).toContain('Accepted False TargetNotFound')
  })

  test('the younger of two', () => {
    const both = [authority(), door, route, policy('b'), policy('a')]
    expect(statusOf('a', ...both)).toEqual(
      ['Service details tls-echo', 'Gateway door'].map((each) => [each, 'Accepted False Conflicted', 'ResolvedRefs True ResolvedRefs']),
    )
    expect(statusOf('b', ...both)[0]).toEqual(['Service details tls-echo', ...good])
  })

  test('references of which none is good, and of which some are', () => {
    const given = (...caCertificateRefs: object[]) => statusOf('p', authority(), policy('p', {}, { caCertificateRefs }))[0]!.slice(1)
    expect(given(ref('none'))).toEqual(['Accepted False NoValidCACertificate', 'ResolvedRefs False InvalidCACertificateRef'])
    expect(given(ref('authority', 'Thing'))).toEqual(['Accepted False NoValidCACertificate', 'ResolvedRefs False InvalidKind'])
    expect(given(ref('authority'), ref('none'))).toEqual(['Accepted True Accepted', 'ResolvedRefs False InvalidCACertificateRef'])
  })
})
