import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import type { Caller, Leg } from '../src/model/decision.ts'
import { aim, asSent, hop, judge, type Asker } from '../src/decide/hop.ts'
import type { RuleSet } from '../src/compile/ruleset.ts'
import {
  atDoor,
  authorizationPolicy,
  destinationRule,
  gateway,
  ingress,
  numbers,
  peerAuthentication,
  productpage,
  quiet,
  request,
  requestAuthentication,
  reviewsSubsets,
  rules,
  sent,
  virtualService,
  type Ask,
} from './support.ts'

const now = Date.UTC(2026, 0, 1)
const asker = (set: RuleSet, caller: Caller = productpage): Asker => ({ rules: set, caller, state: quiet, random: numbers(0) })
const go = (set: RuleSet, question: Ask = {}) => hop(asker(set, question.from), request(question), now)

const strict = peerAuthentication('strict', { mtls: { mode: 'STRICT' } })
const plaintext = destinationRule('reviews', { host: 'reviews', trafficPolicy: { tls: { mode: 'DISABLE' } } })
const mirroredTo = (subset: string) =>
  virtualService('reviews', {
    hosts: ['reviews'],
    http: [{ route: [{ destination: { host: 'reviews', subset: 'v1' } }], mirrors: [{ destination: { host: 'reviews', subset } }] }],
  })

test('tls DISABLE drops the identity of the caller', async () => {
  expect(await go(rules(strict, plaintext))).toMatchObject({ verdict: { allow: false, reset: true } })
  expect(await go(rules(strict))).toMatchObject({ verdict: { allow: true } })
})

/** What the destination says to the mirror of a request. */
async function verdictOnMirror(set: RuleSet) {
  const [mirror] = sent(set).mirrors as [Leg]
  const from = asker(set)
  return judge(from, asSent(request({}), mirror), aim(from, mirror)!, now)
}

test('a mirror goes to its destination as the request itself would', async () => {
  const subsets = destinationRule('reviews', {
    host: 'reviews',
    subsets: [
      { name: 'v1', labels: { version: 'v1' } },
      { name: 'v2', labels: { version: 'v2' }, trafficPolicy: { tls: { mode: 'DISABLE' } } },
    ],
  })
  expect(await verdictOnMirror(rules(mirroredTo('v2'), subsets, strict))).toMatchObject({ allow: false, reset: true })
  expect(await verdictOnMirror(rules(mirroredTo('v2'), reviewsSubsets, strict))).toMatchObject({ allow: true })
})

test('the policies of its destination hold for a mirror', async () => {
  const closed = authorizationPolicy('closed', { selector: { matchLabels: { version: 'v2' } } })
  expect(await verdictOnMirror(rules(mirroredTo('v2'), reviewsSubsets, closed))).toMatchObject({ allow: false, status: 403 })
  expect(await verdictOnMirror(rules(mirroredTo('v3'), reviewsSubsets, closed))).toMatchObject({ allow: true })
})

test('a policy judges the request that arrives: its new path, authority and headers', async () => {
  const rewritten = virtualService('reviews', {
    hosts: ['reviews'],
    http: [
      {
        match: [{ uri: { exact: '/reviews/0' } }],
        rewrite: { uri: '/new', authority: 'new.example' },
        headers: { request: { set: { 'x-a': '1' } } },
        route: [{ destination: { host: 'reviews' } }],
      },
    ],
  })
  const only = (operation: object, more: object = {}) => authorizationPolicy('only', { rules: [{ to: [{ operation }], ...more }] })
  const when = [{ key: 'request.headers[x-a]', values: ['1'] }]
  expect(await go(rules(rewritten, only({ paths: ['/new'], hosts: ['new.example'] }, { when })))).toMatchObject({
    verdict: { allow: true },
    arrived: { path: '/new', authority: 'new.example', headers: { 'x-a': ['1'], 'x-envoy-original-path': ['/reviews/0'] } },
  })
  expect(await go(rules(rewritten, only({ paths: ['/reviews/0'] })))).toMatchObject({ verdict: { status: 403 } })
})

test('what is sent says which try it is, and leaves the request as it came in', () => {
  const asked = request({ headers: { 'x-a': 'old' } })
  const leg = { ...sent(rules()), requestHeaders: { remove: [], set: [], add: [['x-a', 'new'] as const] } }
  expect(asSent(asked, leg, 2).headers).toEqual({ 'x-a': ['old', 'new'], 'x-envoy-attempt-count': ['2'] })
  expect(asked.headers).toEqual({ 'x-a': ['old'] })
})

const door = gateway('door', {
  selector: { istio: 'ingressgateway' },
  servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
})
const route = (more: object = {}) =>
  virtualService('door', { hosts: ['*'], gateways: ['door'], http: [{ ...more, route: [{ destination: { host: 'productpage' } }] }] })
const ingressSelector = { selector: { matchLabels: { istio: 'ingressgateway' } } }
const atGateway = { namespace: 'istio-system' }

test("the gateway's own policies are asked before a route is chosen", async () => {
  const denied = authorizationPolicy(
    'denied',
    { ...ingressSelector, action: 'DENY', rules: [{ to: [{ operation: { paths: ['/login'] } }] }] },
    atGateway,
  )
  const set = rules(door, route(), denied)
  expect(await go(set, atDoor({ path: '/login' }))).toMatchObject({ entry: { status: 403 } })
  expect(await go(set, atDoor())).toMatchObject({ entry: { allow: true }, choice: { aim: { endpoint: { workload: 'productpage-v1' } } } })
})

test("the gateway knows its client's address", async () => {
  const office = authorizationPolicy(
    'office',
    { ...ingressSelector, rules: [{ from: [{ source: { ipBlocks: ['203.0.113.0/24'] } }] }] },
    atGateway,
  )
  const set = rules(door, route(), office)
  expect((await go(set, atDoor())).entry.allow).toBe(true)
  expect((await go(set, atDoor({ from: { ...ingress, remoteIp: '192.0.2.1' } }))).entry.allow).toBe(false)
})

test('a token that the gateway has checked chooses the route, and goes no farther', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] })
  const token = await new SignJWT({ iss: 'tester', sub: 'jason', group: 'readers', exp: now / 1000 + 60 })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .sign(privateKey)
  const set = rules(
    door,
    route({ match: [{ headers: { '@request.auth.claims.group': { exact: 'readers' } } }] }),
    requestAuthentication('jwt', { ...ingressSelector, jwtRules: [{ issuer: 'tester', jwks }] }, atGateway),
  )
  const asked = await go(set, atDoor({ headers: { authorization: `Bearer ${token}` } }))
  expect(asked).toMatchObject({ verdict: { allow: true } })
  expect(asked.arrived?.headers).not.toHaveProperty('authorization')
  expect(await go(set, atDoor())).toMatchObject({ choice: { decision: { kind: 'respond', status: 404 } } })
  expect(await go(set, atDoor({ headers: { authorization: 'Bearer bad' } }))).toMatchObject({ entry: { status: 401 } })
})

test('outside the mesh no proxy judges what arrives', async () => {
  expect(await go(rules(strict, authorizationPolicy('nothing', {})), { authority: 'a.example', port: 80 })).toMatchObject({
    choice: { aim: { endpoint: undefined, destination: undefined } },
    verdict: { allow: true },
  })
})

test('without an endpoint nothing is judged', async () => {
  const nowhere = virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'stock.shop' } }] }] })
  const asked = await go(rules(nowhere))
  expect([asked.choice?.aim, asked.verdict]).toEqual([undefined, undefined])
})
