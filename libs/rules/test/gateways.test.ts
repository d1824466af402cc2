import { expect, test } from 'vitest'
import { answered, atDoor, gateway, goal, header, ingress, rules, virtualService, type Ask } from './support.ts'

const server = (hosts: string[], more: Record<string, unknown> = {}) => ({
  port: { number: 80, name: 'http', protocol: 'HTTP' },
  hosts,
  ...more,
})
const door = (hosts = ['*'], more: Record<string, unknown> = {}) =>
  gateway('door', { selector: { istio: 'ingressgateway' }, servers: [server(hosts, more)] })
const bound = (name: string, hosts: string[], http: unknown[], more: Record<string, unknown> = {}) =>
  virtualService(name, { hosts, gateways: ['door'], http, ...more })
const to = (host: string, ...match: unknown[]) => ({ ...(match.length > 0 && { match }), route: [{ destination: { host } }] })
const at = (set: ReturnType<typeof rules>, question: Ask = {}) => goal(set, atDoor(question))

test('without any gateway nothing comes in', () => {
  expect(answered(rules(), atDoor())).toMatchObject({ status: 404, body: '', flags: ['NR'] })
})

test('a bound route takes what it matches', () => {
  const set = rules(door(), bound('bookinfo', ['*'], [to('productpage', { uri: { exact: '/productpage' } })]))
  expect([at(set), at(set, { path: '/other' })]).toEqual(['productpage', 404])
})

test('a rule that is bound only to a gateway does not apply to the mesh', () => {
  expect(goal(rules(door(), bound('reviews', ['reviews.default.svc.cluster.local'], [to('ratings')])))).toBe('reviews')
})

test('a rule for the gateway and the mesh holds for both', () => {
  const set = rules(
    door(),
    virtualService('reviews', { hosts: ['reviews.default.svc.cluster.local'], gateways: ['door', 'mesh'], http: [to('ratings')] }),
  )
  expect([at(set, { authority: 'reviews.default.svc.cluster.local' }), goal(set)]).toEqual(['ratings', 'ratings'])
})

test('a match on gateways chooses between door and mesh', () => {
  const http = [to('details', { gateways: ['door'] }), to('ratings', { gateways: ['mesh'] })]
  const set = rules(door(), virtualService('reviews', { hosts: ['reviews.default.svc.cluster.local'], gateways: ['door', 'mesh'], http }))
  expect([at(set, { authority: 'reviews.default.svc.cluster.local' }), goal(set)]).toEqual(['details', 'ratings'])
})

test('a host that the gateway does not serve is unknown', () => {
  const set = rules(door(['bookinfo.example']), bound('bookinfo', ['*'], [to('productpage')]))
  expect([at(set), at(set, { authority: 'other.example' }), at(set, { authority: 'Bookinfo.Example:8080' })]).toEqual([
    'productpage',
    404,
    'productpage',
  ])
})

test('the most specific host wins', () => {
  const set = rules(
    door(),
    bound('any', ['*'], [to('details')]),
    bound('wild', ['*.example'], [to('ratings')]),
    bound('exact', ['bookinfo.example'], [to('productpage')]),
  )
  expect([at(set), at(set, { authority: 'a.b.example' }), at(set, { authority: 'else.where' })]).toEqual([
    'productpage',
    'ratings',
    'details',
  ])
})

test('the longer wildcard wins', () => {
  const set = rules(door(), bound('wide', ['*.example'], [to('details')]), bound('narrow', ['*.b.example'], [to('ratings')]))
  expect([at(set, { authority: 'a.b.example' }), at(set, { authority: 'x.a.b.example' }), at(set, { authority: 'b.example' })]).toEqual([
    'ratings',
    'ratings',
    'details',
  ])
})

test('rules for one host are joined, oldest first, those for every request last', () => {
  const set = rules(door(), bound('all', ['*'], [to('productpage')]), bound('one', ['*'], [to('details', { uri: { prefix: '/details' } })]))
  expect([at(set), at(set, { path: '/details/0' })]).toEqual(['productpage', 'details'])
})

test('a server may take rules of only one namespace', () => {
  const rule = bound('bookinfo', ['*'], [to('productpage')])
  expect([at(rules(door(['shop/*']), rule)), at(rules(door(['./*']), rule)), at(rules(door(['default/*']), rule))]).toEqual([
    404,
    'productpage',
    'productpage',
  ])
})

test('a gateway of another namespace is named with it', () => {
  const there = gateway('door', { selector: { istio: 'ingressgateway' }, servers: [server(['*'])] }, { namespace: 'istio-system' })
  const set = rules(there, virtualService('bookinfo', { hosts: ['*'], gateways: ['istio-system/door'], http: [to('productpage')] }))
  expect(at(set)).toBe('productpage')
})

test('a gateway for other pods is not this one', () => {
  const other = gateway('door', { selector: { istio: 'egressgateway' }, servers: [server(['*'])] })
  expect(at(rules(other, bound('bookinfo', ['*'], [to('productpage')])))).toBe(404)
})

test('a listener has its port, and the front door all of them', () => {
  const set = rules(door(['*'], { port: { number: 8080, name: 'http', protocol: 'HTTP' } }), bound('bookinfo', ['*'], [to('productpage')]))
  expect([at(set, { port: 80 }), at(set, { port: 8080 }), at(set, { port: 0 })]).toEqual([404, 'productpage', 'productpage'])
  expect(set.listeners).toEqual([
    {
      gateway: 'Gateway default/door',
      port: 8080,
      protocol: 'HTTP',
      hosts: ['*'],
      front: true,
      where: 'rules.yaml#1 Gateway default/door spec.servers[0]',
    },
  ])
})

test('a match on another port of the gateway does not exist', () => {
  const set = rules(door(), bound('bookinfo', ['*'], [to('details', { port: 8080 }), to('productpage', { port: 80 })]))
  expect(at(set)).toBe('productpage')
})

test('httpsRedirect sends plain requests away', () => {
  const answer = answered(
    rules(door(['*'], { tls: { httpsRedirect: true } })),
    atDoor({ authority: 'bookinfo.example:80', path: '/a?b=c' }),
  )
  expect([answer.status, header(answer.headers, 'location')]).toEqual([301, 'https://bookinfo.example/a?b=c'])
})

test('httpsRedirect holds for narrower hosts of rules as well', () => {
  const set = rules(door(['*.example'], { tls: { httpsRedirect: true } }), bound('bookinfo', ['bookinfo.example'], [to('productpage')]))
  expect(goal(set, atDoor({ authority: 'bookinfo.example' }))).toBe(301)
  expect(goal(set, atDoor({ authority: 'other.example' }))).toBe(301)
})

test('a rule that is not exported to the namespace of the gateway is not bound', () => {
  const there = gateway('door', { selector: { istio: 'ingressgateway' }, servers: [server(['*'])] }, { namespace: 'istio-system' })
  const set = rules(
    there,
    virtualService('bookinfo', { hosts: ['*'], gateways: ['istio-system/door'], exportTo: ['.'], http: [to('productpage')] }),
  )
  expect(goal(set, atDoor({ from: ingress }))).toBe(404)
})

test('a gateway that does not exist is warned about', () => {
  expect(rules(bound('bookinfo', ['*'], [to('productpage')])).warnings).toEqual([
    { where: 'rules.yaml#1 VirtualService default/bookinfo spec.gateways', message: 'gateway default/door does not exist' },
  ])
})
