/** Where rules send a request, and what they change on it, through the running proxy. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServer } from 'node:http'
import { listen } from '../src/proxy/listener.ts'
import { hits, send, startLab, type Lab } from './helpers/lab.ts'
import { destinationRule, toV, virtualService } from './helpers/rules.ts'

let lab: Lab
beforeEach(async () => {
  lab = await startLab()
})
afterEach(() => lab.close())

async function podsOf(count: number, headers: Record<string, string> = {}): Promise<Record<string, number>> {
  const pods: Record<string, number> = {}
  for (let i = 0; i < count; i++) {
    const { body } = await lab.call('/reviews/0', { headers })
    pods[body] = (pods[body] ?? 0) + 1
  }
  return pods
}

test('without rules every version answers about as often', async () => {
  const pods = await podsOf(90)
  expect(Object.keys(pods).toSorted()).toEqual(['reviews-v1-0', 'reviews-v2-0', 'reviews-v3-0'])
  for (const count of Object.values(pods)) expect(count).toBeGreaterThan(12)
})

test('all to v1', async () => {
  lab.apply(destinationRule() + virtualService(toV(1)))
  expect(await podsOf(20)).toEqual({ 'reviews-v1-0': 20 })
})

test('jason to v2, all others to v1', async () => {
  const jason = '- match: [{headers: {end-user: {exact: jason}}}]\n  route: [{destination: {host: reviews, subset: v2}}]\n'
  lab.apply(destinationRule() + virtualService(jason + toV(1)))
  expect(await podsOf(10, { 'end-user': 'jason' })).toEqual({ 'reviews-v2-0': 10 })
  expect(await podsOf(10)).toEqual({ 'reviews-v1-0': 10 })
})

test('weights: 100 to one side gives the other exactly none', async () => {
  const split = '- route: [{destination: {host: reviews, subset: v1}, weight: 0}, {destination: {host: reviews, subset: v3}, weight: 100}]'
  lab.apply(destinationRule() + virtualService(split))
  expect(await podsOf(40)).toEqual({ 'reviews-v3-0': 40 })
})

test('a rule change holds for the next request and does not change the one under way', async () => {
  lab.apply(destinationRule() + virtualService(toV(1)))
  let release = () => undefined as void
  lab.behave('reviews-v1-0', (incoming, response) => {
    incoming.resume()
    response.write('reviews-')
    release = () => void response.end('v1-0')
  })
  const slow = lab.call('/reviews/0')
  await expect.poll(() => hits(lab, 'reviews-v1')).toBe(1)
  lab.apply(virtualService(toV(2)))
  expect((await lab.call('/reviews/0')).body).toBe('reviews-v2-0')
  release()
  expect((await slow).body).toBe('reviews-v1-0')
})

test('a subset without pods is 503 no healthy upstream', async () => {
  const withoutPods = destinationRule().replace('version: v3', 'version: v9')
  lab.apply(withoutPods + virtualService(toV(3)))
  expect(await lab.call('/reviews/0')).toMatchObject({ status: 503, body: 'no healthy upstream' })
  expect(lab.records.at(-1)).toMatchObject({ flags: ['UH'], pod: undefined })
})

test('rewrite sends another path and authority, and keeps the original one in a header', async () => {
  lab.apply(
    virtualService(
      '- match: [{uri: {prefix: /old}}]\n  rewrite: {uri: /new, authority: elsewhere}\n  route: [{destination: {host: reviews}}]',
    ),
  )
  await lab.call('/old/7?a=b')
  const request = Object.values(lab.seen).flat()[0]!
  expect(request.url).toBe('/new/7?a=b')
  expect(request.headers).toMatchObject({ host: 'elsewhere', 'x-envoy-original-path': '/old/7?a=b' })
})

test('redirect and direct response are answered by the proxy', async () => {
  lab.apply(
    virtualService(`- match: [{uri: {exact: /gone}}]
  redirect: {uri: /here, redirectCode: 302}
- match: [{uri: {exact: /teapot}}]
  directResponse: {status: 418, body: {string: short and stout}}
${toV(1)}`) + destinationRule(),
  )
  const gone = await lab.call('/gone')
  expect(gone.status).toBe(302)
  expect(gone.headers.location).toBe('http://reviews:9080/here')
  expect(await lab.call('/teapot')).toMatchObject({ status: 418, body: 'short and stout' })
  expect(hits(lab, 'reviews')).toBe(0)
})

test('header operations change the request on its way and the answer on its way back', async () => {
  const headers = `headers:
    request: {set: {x-set: new}, add: {x-add: second}, remove: [x-gone]}
    response: {set: {x-answer: changed}, remove: [x-pod]}`
  lab.apply(destinationRule() + virtualService(toV(1, headers)))
  const answer = await lab.call('/reviews/0', { headers: { 'x-set': 'old', 'x-add': 'first', 'x-gone': 'still here' } })
  const received = lab.seen['reviews-v1-0']![0]!.headersDistinct
  expect(received['x-set']).toEqual(['new'])
  expect(received['x-add']).toEqual(['first', 'second'])
  expect(received['x-gone']).toBeUndefined()
  expect(answer.headers['x-answer']).toBe('changed')
  expect(answer.headers['x-pod']).toBeUndefined()
})

test('the same value of a hash header always meets the same pod', async () => {
  lab.apply(destinationRule('{loadBalancer: {consistentHash: {httpHeaderName: x-user}}}'))
  const pods = new Set<string>()
  for (let user = 0; user < 30; user++) {
    const first = await lab.call('/reviews/0', { headers: { 'x-user': `user-${user}` } })
    const again = await lab.call('/reviews/0', { headers: { 'x-user': `user-${user}` } })
    expect(again.body).toBe(first.body)
    pods.add(first.body)
  }
  expect(pods.size).toBe(3)
})

test('a sticky cookie is made for a new client and leads it back', async () => {
  lab.apply(destinationRule('{loadBalancer: {consistentHash: {httpCookie: {name: sticky, ttl: 60s}}}}'))
  const first = await lab.call('/reviews/0')
  const [cookie] = first.headers['set-cookie'] ?? []
  expect(cookie).toMatch(/^sticky=.+Max-Age=60/)
  for (let i = 0; i < 5; i++) {
    const again = await lab.call('/reviews/0', { headers: { cookie: cookie!.split(';')[0]! } })
    expect(again.body).toBe(first.body)
    expect(again.headers['set-cookie']).toBeUndefined()
  }
})

test('a mirror sees each request once, body included, and its answer is thrown away', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'mirror: {host: reviews, subset: v2}')))
  const bodies: string[] = []
  lab.behave('reviews-v2-0', (incoming, response) => {
    let text = ''
    incoming
      .on('data', (chunk) => (text += chunk))
      .on('end', () => {
        bodies.push(text)
        response.writeHead(500).end('shadow')
      })
  })
  for (let i = 0; i < 10; i++) {
    expect(await lab.call('/reviews/0', { method: 'POST', body: `body ${i}` })).toMatchObject({ status: 200, body: 'reviews-v1-0' })
  }
  await expect.poll(() => bodies.toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `body ${i}`))
  expect(lab.seen['reviews-v2-0']![0]!.headers.host).toBe('reviews:9080')
})

test('a mirror that hangs does not hold anybody up', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'mirror: {host: reviews, subset: v2}')))
  lab.behave('reviews-v2-0', () => undefined)
  const answers = await Promise.all(Array.from({ length: 300 }, () => lab.call('/reviews/0')))
  expect(answers.every(({ status }) => status === 200)).toBe(true)
})

const gatewayRules = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gateway}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: in}
spec:
  hosts: ['*']
  gateways: [gateway]
  http:
  - match: [{uri: {prefix: /reviews}}]
    route: [{destination: {host: reviews}}]
`

test('the gateway lets in what its rules say, trusts no header of Envoy, and makes the request id its own', async () => {
  expect((await lab.enter('/reviews/0')).status).toBe(404)
  lab.apply(gatewayRules)
  const headers = {
    'x-request-id': 'mine',
    'x-envoy-upstream-rq-timeout-ms': '1',
    'x-forwarded-client-cert': 'me',
    'x-forwarded-for': '1.2.3.4',
  }
  const answer = await lab.enter('/reviews/0', { headers })
  expect(answer.status).toBe(200)
  expect(answer.headers['server']).toBe('istio-envoy')
  const { headers: received } = Object.values(lab.seen).flat()[0]!
  expect(received['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-a[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/)
  expect(received['x-envoy-upstream-rq-timeout-ms']).toBeUndefined()
  expect(received['x-forwarded-client-cert']).toMatch(/^By=[^,]*bookinfo-reviews;[^,]*istio-ingressgateway-service-account$/)
  expect(received['x-forwarded-for']).toBe('1.2.3.4,127.0.0.1')
  expect(received['x-forwarded-proto']).toBe('http')
  expect((await lab.enter('/other')).status).toBe(404)
})

test('inside, an id that came in stays, and the server is envoy', async () => {
  const answer = await lab.call('/reviews/0', { headers: { 'x-request-id': 'kept' } })
  expect(answer.headers['server']).toBe('envoy')
  expect(Object.values(lab.seen).flat()[0]!.headers['x-request-id']).toBe('kept')
})

test('REGISTRY_ONLY refuses requests for a host that no rule declares', async () => {
  lab.rules.setMesh({ outboundTrafficPolicy: 'REGISTRY_ONLY' })
  expect((await lab.call('/', { service: 'httpbin.example.test' })).status).toBe(502)
})

test('a host outside is reached as its ServiceEntry says, with its own rules', async () => {
  const outside = createServer((request, response) => response.end(`${request.headers.host} ${request.url}`))
  const port = await listen(outside, 0, '127.0.0.1')
  lab.rules.setMesh({ outboundTrafficPolicy: 'REGISTRY_ONLY' })
  lab.apply(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: books}
spec:
  hosts: [books.test]
  ports: [{number: 80, name: http, protocol: HTTP}]
  location: MESH_EXTERNAL
  resolution: STATIC
  endpoints: [{address: 127.0.0.1, ports: {http: ${port}}}]
`)
  expect(await lab.call('/volumes', { service: 'books.test' })).toMatchObject({ status: 200, body: 'books.test /volumes' })
  // As a client of a forward proxy asks.
  expect(await send(lab.ports.any, 'http://books.test/volumes')).toMatchObject({ status: 200, body: 'books.test /volumes' })
  lab.apply(
    virtualService(
      '- timeout: 0.1s\n  fault: {abort: {httpStatus: 418, percentage: {value: 100}}}\n  route: [{destination: {host: books.test}}]',
      'books.test',
    ),
  )
  expect((await lab.call('/volumes', { service: 'books.test' })).status).toBe(418)
  outside.closeAllConnections()
  outside.close()
})

test('a request for a host outside that would come back to the proxy is refused', async () => {
  expect((await lab.call('/', { service: `localhost:${lab.ports.any}` })).status).toBe(503)
})

test('a DestinationRule with a workloadSelector holds for the callers that it selects', async () => {
  const own = (app: string) =>
    destinationRule().replace('host: reviews\n', `host: reviews\n  workloadSelector: {matchLabels: {app: ${app}}}\n`)
  lab.apply(own('productpage') + virtualService(toV(2)))
  expect((await lab.call('/reviews/0')).body).toBe('reviews-v2-0')
  lab.apply(own('details'))
  expect((await lab.call('/reviews/0')).status).toBe(503)
})
