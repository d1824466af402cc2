import { expect, test } from 'vitest'
import { entering, links, shares } from '../src/console/page/view/graph.ts'
import { readHeaderLines } from '../src/console/page/view/header-lines.ts'
import { curve, layout, lineWidth, type Box } from '../src/console/page/view/layout.ts'
import { ago, bytes, duration, percent, rate } from '../src/console/page/view/numbers.ts'
import { b3Hops, traceView } from '../src/console/page/view/trace-tree.ts'
import { lineOf } from '../src/console/page/view/yaml-line.ts'
import type { Edge } from '../src/control/stats.ts'
import { workloads } from '../src/topology.ts'
import type { ZipkinSpan } from '../src/tracing/span.ts'

const edge = (from: string, service: string, to: string | null, rest: Partial<Edge> = {}): Edge => ({
  from,
  service,
  to,
  rate: 1,
  errors: 0,
  p50: 1,
  p99: 2,
  statuses: {},
  protocol: 'HTTP/1.1',
  ...rest,
})

test('lines are there before anything flows', () => {
  expect(links(workloads, []).map(({ id }) => id)).toEqual([
    'istio-ingressgateway>productpage-v1',
    'productpage-v1>details-v1',
    'productpage-v1>reviews-v1',
    'productpage-v1>reviews-v2',
    'productpage-v1>reviews-v3',
    'reviews-v2>ratings-v1',
    'reviews-v3>ratings-v1',
  ])
})

test('what the proxy answered for the only workload of an app counts there, by its part', () => {
  const answered = edge('reviews-v2', 'ratings', 'ratings-v1', { rate: 3, p50: 10, p99: 20 })
  const refused = edge('reviews-v2', 'ratings', null, { rate: 1, errors: 1, p50: 1, p99: 50 })
  expect(links(workloads, [answered, refused]).find(({ id }) => id === 'reviews-v2>ratings-v1')).toMatchObject({
    rate: 4,
    errors: 0.25,
    p50: 10,
    p99: 50,
  })
})

test('requests that reached no version have their own line, to the app', () => {
  const drawn = links(workloads, [edge('productpage-v1', 'reviews', null, { errors: 1 })])
  expect(drawn.find(({ id }) => id === 'productpage-v1>reviews')).toMatchObject({ rate: 1, errors: 1 })
})

test('connections are drawn while they are open, together with the requests of their line', () => {
  const connections = (open: number, bytesPerSecond: number) => ({ connections: { open, received: 0, sent: 0, bytesPerSecond } })
  const drawn = (...edges: Edge[]) => links(workloads, edges).find(({ id }) => id === 'productpage-v1>details-v1')
  expect(drawn(edge('productpage-v1', 'details', 'details-v1', { rate: 0, ...connections(2, 1500) }))).toMatchObject({
    rate: 0,
    connections: { open: 2, bytesPerSecond: 1500 },
  })
  expect(
    drawn(
      edge('productpage-v1', 'details', 'details-v1'),
      edge('productpage-v1', 'details', 'details-v1', { rate: 0, ...connections(2, 1500) }),
    ),
  ).toMatchObject({ rate: 1, errors: 0, connections: { open: 2 } })
  expect(drawn(edge('productpage-v1', 'details', 'details-v1', { rate: 0, ...connections(0, 0) }))).toMatchObject({ rate: 0, p50: 0 })
})

test.each([
  [0, '0 B'],
  [1500, '1.5 kB'],
  [2_500_000, '2.5 MB'],
])('%s bytes are %s', (value, words) => expect(bytes(value)).toBe(words))

test('hosts outside and callers that are gone are not drawn', () => {
  const drawn = links(workloads, [edge('details-v1', 'www.googleapis.com', null), edge('ghost', 'reviews', 'reviews-v1')])
  expect(drawn).toHaveLength(7)
})

test('shares are of what an app’s versions answered', () => {
  const found = shares(workloads, [
    edge('productpage-v1', 'reviews', 'reviews-v1', { rate: 9 }),
    edge('productpage-v1', 'reviews', 'reviews-v2', { rate: 1 }),
    edge('productpage-v1', 'reviews', null, { rate: 5, errors: 1 }),
  ])
  expect(found.get('reviews-v1')).toBe(0.9)
  expect(found.get('reviews-v2')).toBe(0.1)
  expect(found.get('reviews-v3')).toBe(0)
  expect(found.has('details-v1')).toBe(false)
})

test('what enters is what the gateway took', () => {
  const all = [
    edge('istio-ingressgateway', 'productpage', 'productpage-v1', { rate: 3, p50: 7 }),
    edge('istio-ingressgateway', '', null, { rate: 1, errors: 1 }),
    edge('productpage-v1', 'details', 'details-v1', { rate: 9 }),
  ]
  expect(entering(all)).toMatchObject({ rate: 4, errors: 0.25, p50: 7 })
  expect(entering([])).toEqual({ rate: 0, errors: 0, p50: 0, p99: 0 })
})

test.each([false, true])('nothing overlaps and nothing leaves the picture (vertical: %s)', (vertical) => {
  const { nodes, groups, width, height } = layout(workloads, vertical)
  const boxes = [...nodes]
  expect(boxes).toHaveLength(7)
  for (const { x, y, width: wide, height: high } of [...nodes.values(), ...groups.values()]) {
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0)
    expect(x + wide).toBeLessThanOrEqual(width)
    expect(y + high).toBeLessThanOrEqual(height)
  }
  const apart = (a: Box, b: Box) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
  const pairs = boxes.flatMap(([one, a]) =>
    boxes.filter(([other]) => one < other).map(([other, b]) => ({ one, other, apart: apart(a, b) })),
  )
  expect(pairs).toHaveLength(21)
  expect(pairs.filter((pair) => !pair.apart)).toEqual([])
})

test.each([false, true])('a label stands on no workload (vertical: %s)', (vertical) => {
  const plan = layout(workloads, vertical)
  for (const { from, to, id } of links(workloads, [edge('productpage-v1', 'ratings', 'ratings-v1')])) {
    const { label, path } = curve(plan.nodes.get(from)!, plan.nodes.get(to)!, plan)
    expect(path).not.toContain('NaN')
    const under = [...plan.nodes].filter(
      ([, box]) => label.x > box.x && label.x < box.x + box.width && label.y > box.y && label.y < box.y + box.height,
    )
    expect({ id, under }).toEqual({ id, under: [] })
  }
})

test.each([
  [false, 88],
  [true, 54],
])('no label hides another (vertical: %s)', (vertical, width) => {
  const plan = layout(workloads, vertical)
  const labels = links(workloads, []).map(({ from, to }) => curve(plan.nodes.get(from)!, plan.nodes.get(to)!, plan).label)
  const hidden = labels.filter((a, i) => labels.some((b, j) => i < j && Math.abs(a.x - b.x) < width && Math.abs(a.y - b.y) < 34))
  expect(hidden).toEqual([])
})

test('a line grows with its rate, but not without end', () => {
  expect(lineWidth(0)).toBe(1.5)
  expect(lineWidth(100)).toBeGreaterThan(lineWidth(10))
  expect(lineWidth(1e9)).toBe(7)
})

test.each([
  [rate(0), '0'],
  [rate(0.04), '0.1'],
  [rate(9.96), '10'],
  [rate(1234.5), '1,235'],
  [duration(0.84), '0.8 ms'],
  [duration(9.96), '10 ms'],
  [duration(999.6), '1.0 s'],
  [duration(7012), '7.0 s'],
  [percent(0), '0 %'],
  [percent(0.004), '< 1 %'],
  [percent(0.996), '> 99 %'],
  [percent(1), '100 %'],
  [ago(1500), 'now'],
  [ago(59_000), '59 s'],
  [ago(200_000), '3 min'],
  [ago(7_200_000), '2 h'],
])('%s', (given, expected) => {
  expect(given).toBe(expected)
})

test('headers are read line by line', () => {
  expect(readHeaderLines('X-User: jason\n\n cookie : a=b: c ')).toEqual({ headers: { 'x-user': 'jason', cookie: 'a=b: c' } })
  expect(readHeaderLines('a: 1\nno header').problem).toBe('Line 2 is not a header: expected name: value')
  expect(readHeaderLines('a: ü').problem).toContain('Line 1')
})

const manifests = `# two of them
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - match:
        - headers: {end-user: {exact: jason}}
        - uri:
            prefix: /x
      route:
        - destination: {host: reviews}
          weight: 1
        - destination:
            host: reviews
            subset: v2
          weight: ninety
    - timeout: 1s
      route:
      - destination: {host: a}
      - destination: {host: b}
        weight: 2
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec:
  host: reviews
`

test.each([
  ['rule.yaml#1 VirtualService default/reviews spec.http[0].route[1].weight', '          weight: ninety'],
  ['rule.yaml#1 VirtualService default/reviews spec.http[0].route[0].destination.host', '        - destination: {host: reviews}'],
  ['rule.yaml#1 VirtualService default/reviews spec.http[0].match[1].uri.prefix', '            prefix: /x'],
  ['rule.yaml#1 VirtualService default/reviews spec.http[1].timeout', '    - timeout: 1s'],
  ['rule.yaml#1 VirtualService default/reviews spec.http[1].route[1].weight', '        weight: 2'],
  ['rule.yaml#1 VirtualService default/reviews spec.http[1].route', '      route:'],
  ['rule.yaml#1 VirtualService default/reviews spec.http', '  http:'],
  ['rule.yaml#1 VirtualService default/reviews spec.gateways', 'spec:'],
  ['rule.yaml#2 DestinationRule default/reviews spec.host', '  host: reviews'],
  ['rule.yaml#2 apiVersion', 'apiVersion: networking.istio.io/v1'],
  ['rule.yaml#1 line 5', '  name: reviews'],
  ['rule.yaml#1', '# two of them'],
])('%s is found in the text', (where, line) => {
  const lines = manifests.split('\n')
  expect(lines[lineOf(manifests, where)]).toBe(line)
  if (where.includes('#2')) expect(lineOf(manifests, where)).toBeGreaterThan(lines.indexOf('---'))
})

const span = (id: string, parentId: string | undefined, rest: Partial<ZipkinSpan> = {}): ZipkinSpan => ({
  traceId: 'a'.repeat(32),
  id,
  ...(parentId && { parentId }),
  timestamp: 1000,
  duration: 1000,
  ...rest,
})
const proxy = { component: 'proxy', 'http.method': 'GET', 'http.url': 'http://reviews:9080/reviews/0', 'http.status_code': '200' }

const hop = [
  span('3', '2', {
    kind: 'SERVER',
    localEndpoint: { serviceName: 'reviews' },
    timestamp: 2500,
    duration: 5000,
    tags: { ...proxy, 'http.status_code': '503', error: 'true' },
  }),
  span('2', '1', {
    kind: 'CLIENT',
    localEndpoint: { serviceName: 'productpage' },
    remoteEndpoint: { serviceName: 'reviews' },
    timestamp: 2000,
    duration: 6000,
    tags: proxy,
  }),
  span('1', undefined, { kind: 'SERVER', localEndpoint: { serviceName: 'productpage' }, timestamp: 0, duration: 10_000, tags: proxy }),
  span('4', '1', { localEndpoint: { serviceName: 'productpage' }, name: 'render', timestamp: 9000, duration: 500 }),
]

test('a trace is a tree in time, with places in a waterfall', () => {
  const { rows, ms, failed, title, services } = traceView(hop)
  expect(rows.map(({ span: { id }, depth }) => [id, depth])).toEqual([
    ['1', 0],
    ['2', 1],
    ['3', 2],
    ['4', 1],
  ])
  expect({ ms, failed, title, services }).toEqual({ ms: 10, failed: true, title: 'GET /reviews/0', services: ['productpage', 'reviews'] })
  expect(rows[2]).toMatchObject({ start: 0.25, width: 0.5, ms: 5, at: 2.5, by: 'proxy', failed: true, status: '503' })
  expect(rows[3]).toMatchObject({ by: 'app', title: 'render', failed: false })
})

test('spans without their parent, with shared ids and in circles are all shown, once', () => {
  const odd = [
    span('1', '9'),
    span('2', '3'),
    span('3', '2'),
    span('4', '1', { kind: 'CLIENT' }),
    span('4', '1', { kind: 'SERVER', shared: true }),
    span('5', '4'),
  ]
  expect(traceView(odd).rows).toHaveLength(6)
  expect(traceView([]).rows).toEqual([])
})

test('B3 at every hop: what the application sent, what its proxy sent on, what the next application got', () => {
  const [server, client, root] = hop as [ZipkinSpan, ZipkinSpan, ZipkinSpan]
  const of = (each: ZipkinSpan) =>
    b3Hops(each, hop).map(({ from, to, headers }) => [
      from,
      to,
      Object.fromEntries(headers)['x-b3-spanid'],
      Object.fromEntries(headers)['x-b3-parentspanid'],
    ])
  expect(of(client)).toEqual([
    ['productpage (application)', 'productpage’s proxy', '1', undefined],
    ['productpage’s proxy', 'reviews’s proxy', '2', '1'],
  ])
  expect(of(server)).toEqual([
    ['productpage’s proxy', 'reviews’s proxy', '2', '1'],
    ['reviews’s proxy', 'reviews (application)', '3', '2'],
  ])
  expect(of(root)).toEqual([['productpage’s proxy', 'productpage (application)', '1', undefined]])
  expect(Object.fromEntries(b3Hops({ ...root, debug: true }, hop)[0]!.headers)).toMatchObject({ 'x-b3-flags': '1' })
})
