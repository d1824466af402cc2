/** Faults, timeouts, retries and limits, in the words and numbers of Envoy. */
import { eventually } from '@bookinfo/tools/eventually'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hits, startLab, type Lab } from './helpers/lab.ts'
import { destinationRule, toV, virtualService } from './helpers/rules.ts'

let lab: Lab
beforeEach(async () => {
  lab = await startLab({ 'reviews-v1': 2 })
})
afterEach(() => lab.close())

const get = () => lab.call('/reviews/0')

/** Both pods of v1 answer like this. */
function v1(listener: Parameters<Lab['behave']>[1]) {
  lab.behave('reviews-v1-0', listener)
  lab.behave('reviews-v1-1', listener)
}

test('a fault abort answers for the service', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'fault: {abort: {httpStatus: 500, percentage: {value: 100}}}')))
  expect(await get()).toMatchObject({ status: 500, body: 'fault filter abort' })
  expect(hits(lab, 'reviews')).toBe(0)
  expect(lab.records[0]!.flags).toContain('FI')
})

test('a fault delay holds the request back, and does not count in the timeout', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'fault: {delay: {fixedDelay: 0.6s, percentage: {value: 100}}}\n  timeout: 0.5s')))
  // After its delay a starved machine may be late with the answer too.
  await eventually(async () => {
    const { status, ms } = await get()
    expect(status).toBe(200)
    expect(ms).toBeGreaterThan(595)
  })
})

test('a timeout is 504 upstream request timeout', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'timeout: 0.2s')))
  v1(() => undefined)
  await eventually(async () => {
    const answer = await get()
    expect(answer).toMatchObject({ status: 504, body: 'upstream request timeout' })
    expect(answer.ms).toBeGreaterThan(195)
    // Once at least: a starved machine is late.
    expect(answer.ms).toBeLessThan(1000)
  })
  expect(lab.records[0]!.flags).toContain('UT')
})

test('a timeout in the middle of an answer cuts it', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'timeout: 0.2s')))
  v1((_incoming, response) => void response.write('half'))
  // Once at least: on a starved machine the time may be over before the half is here, and the answer is a 504.
  await eventually(() => expect(get()).rejects.toThrow(/aborted|hang up/))
})

test('three retries are four tries in all', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'retries: {attempts: 3, retryOn: 5xx}')))
  v1((_incoming, response) => void response.writeHead(500).end('no'))
  expect(await get()).toMatchObject({ status: 500, body: 'no' })
  expect(hits(lab, 'reviews-v1')).toBe(4)
  expect(lab.records[0]!.flags).toContain('URX')
})

test('a retry prefers another pod, and sends the body again', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'retries: {attempts: 1, retryOn: 5xx}')))
  const bodies: string[] = []
  let count = 0
  v1((incoming, response) => {
    let text = ''
    incoming
      .on('data', (chunk) => (text += chunk))
      .on('end', () => {
        bodies.push(text)
        response.writeHead(++count === 1 ? 503 : 200).end('done')
      })
  })
  expect(await lab.call('/reviews/0', { method: 'POST', body: 'again' })).toMatchObject({ status: 200, body: 'done' })
  expect(bodies).toEqual(['again', 'again'])
  expect(lab.seen['reviews-v1-0']).toHaveLength(1)
  expect(lab.seen['reviews-v1-1']).toHaveLength(1)
  const attempts = Object.values(lab.seen).flatMap((requests) => requests.map(({ headers }) => headers['x-envoy-attempt-count']))
  expect(new Set(attempts)).toEqual(new Set(['1', '2']))
})

test('a body that is too large to keep is streamed, and not sent again', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'retries: {attempts: 3, retryOn: 5xx}')))
  let bytes = 0
  v1((incoming, response) => {
    incoming.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => response.writeHead(503).end('no'))
  })
  const body = Buffer.alloc(3 * 1024 * 1024)
  expect(await lab.call('/reviews/0', { method: 'POST', body })).toMatchObject({ status: 503, body: 'no' })
  expect(bytes).toBe(body.length)
  expect(hits(lab, 'reviews-v1')).toBe(1)
})

test('maxRequestsPerConnection closes a connection after so many requests', async () => {
  lab.apply(destinationRule('{connectionPool: {http: {maxRequestsPerConnection: 2}}}') + virtualService(toV(3)))
  for (let i = 0; i < 6; i++) await lab.call('/reviews/0')
  expect(new Set(lab.seen['reviews-v3-0']!.map(({ socket }) => socket)).size).toBe(3)
})

test('by default a plain 503 of the application is tried once', async () => {
  lab.apply(destinationRule() + virtualService(toV(1)))
  v1((_incoming, response) => void response.writeHead(503).end('busy'))
  expect(await get()).toMatchObject({ status: 503, body: 'busy' })
  expect(hits(lab, 'reviews-v1')).toBe(1)
})

test('a try that takes too long is given up for another', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'retries: {attempts: 2, perTryTimeout: 0.1s, retryOn: 5xx}')))
  // A starved machine may be late with the third answer too.
  await eventually(async () => {
    let count = 0
    v1((_incoming, response) => {
      if (++count === 3) response.end('third')
    })
    expect(await get()).toMatchObject({ status: 200, body: 'third' })
  })
})

test('a dead application is 503 upstream connect error', async () => {
  lab.apply(destinationRule() + virtualService(toV(3)))
  await lab.breakPod('reviews-v3-0')
  const answer = await get()
  expect(answer.status).toBe(503)
  expect(answer.body).toMatch(/^upstream connect error or disconnect\/reset before headers/)
})

test('an application that hangs up before answering is 503, in the middle of an answer the client sees it cut', async () => {
  lab.apply(destinationRule() + virtualService(toV(1)))
  v1((incoming) => incoming.socket.destroy())
  expect(await get()).toMatchObject({ status: 503, body: expect.stringContaining('reset reason: connection termination') })
  v1((incoming, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half', () => incoming.socket.destroy())
  })
  await expect(get()).rejects.toThrow(/aborted/)
})

test('circuit breaking: one connection, one waiting, the rest is 503 and overloaded', async () => {
  lab.apply(
    destinationRule('{connectionPool: {tcp: {maxConnections: 1}, http: {http1MaxPendingRequests: 1, maxRequestsPerConnection: 1}}}') +
      virtualService(toV(1)),
  )
  let open = false
  const held: (() => void)[] = []
  v1((_incoming, response) => {
    if (open) response.end('ok')
    else held.push(() => response.end('ok'))
  })
  const calls = Array.from({ length: 12 }, get)
  await expect.poll(() => lab.records.length).toBe(10)
  open = true
  for (const release of held) release()
  const answers = await Promise.all(calls)
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
  const refused = answers.filter(({ status }) => status === 503)
  expect(refused).toHaveLength(10)
  for (const { headers, body } of refused) {
    expect(headers['x-envoy-overloaded']).toBe('true')
    expect(body).toContain('reset reason: overflow')
  }
  expect((await get()).status).toBe(200)
})

test('clients that leave while they wait for their turn leave no gap behind', async () => {
  lab.apply(destinationRule('{connectionPool: {tcp: {maxConnections: 1}}}') + virtualService(toV(1)))
  let open = false
  v1((_incoming, response) => void (open && response.end('ok')))
  const leave = new AbortController()
  const gone = Array.from({ length: 5 }, () =>
    fetch(`http://127.0.0.1:${lab.ports.reviews}/reviews/0`, { signal: leave.signal }).catch(() => 'gone'),
  )
  await expect.poll(() => lab.entered()).toBe(5)
  leave.abort()
  expect(await Promise.all(gone)).toEqual(Array(5).fill('gone'))
  open = true
  expect((await get()).status).toBe(200)
})

test('outlier detection: the first 500 passes, then the pod is out for its time', async () => {
  const outlier = '{consecutive5xxErrors: 1, interval: 10s, baseEjectionTime: 30s, maxEjectionPercent: 100}'
  lab.apply(destinationRule(`{outlierDetection: ${outlier}}`) + virtualService(toV(1)))
  lab.behave('reviews-v1-0', (_incoming, response) => void response.writeHead(500).end('sick'))
  const statuses: number[] = []
  for (let i = 0; i < 40; i++) statuses.push((await get()).status)
  expect(statuses.filter((status) => status === 500)).toHaveLength(1)
  lab.pass(30_001)
  for (let i = 0; i < 20; i++) statuses.push((await get()).status)
  expect(statuses.filter((status) => status === 500)).toHaveLength(2)
})

/** Failures among 40 requests while `reviews-v1-0` fails: as many as it was asked before it was out. */
async function failures() {
  const statuses: number[] = []
  for (let i = 0; i < 40; i++) statuses.push((await get()).status)
  return statuses.filter((status) => status === 500).length
}

test('outlier detection: who fails again soon is out for longer, who was well for long is not', async () => {
  const outlier = '{consecutive5xxErrors: 1, interval: 10s, baseEjectionTime: 30s, maxEjectionPercent: 100}'
  lab.apply(destinationRule(`{outlierDetection: ${outlier}}`) + virtualService(toV(1)))
  lab.behave('reviews-v1-0', (_incoming, response) => void response.writeHead(500).end('sick'))
  expect(await failures()).toBe(1)
  lab.pass(30_001)
  expect(await failures()).toBe(1)
  lab.pass(30_001)
  expect(await failures()).toBe(0)
  lab.pass(30_001 + 20_000)
  expect(await failures()).toBe(1)
  lab.pass(30_001)
  expect(await failures()).toBe(1)
})

test('outlier detection: with its rule deleted or replaced, every endpoint is back', async () => {
  const rule = (time: string) =>
    destinationRule(`{outlierDetection: {consecutive5xxErrors: 1, interval: 10s, baseEjectionTime: ${time}, maxEjectionPercent: 100}}`)
  lab.apply(rule('30s') + virtualService(toV(1)))
  lab.behave('reviews-v1-0', (_incoming, response) => void response.writeHead(500).end('sick'))
  expect(await failures()).toBe(1)
  lab.apply(destinationRule() + virtualService(toV(1)))
  expect(await failures()).toBeGreaterThan(5)
  lab.apply(rule('30s') + virtualService(toV(1)))
  expect(await failures()).toBe(1)
  lab.apply(rule('60s') + virtualService(toV(1)))
  expect(await failures()).toBe(1)
})

test('every hop has a CLIENT span and one SERVER span per try, which the pod sees as its parent', async () => {
  lab.apply(destinationRule() + virtualService(toV(1, 'retries: {attempts: 1, retryOn: 5xx}')))
  v1((_incoming, response) => void response.writeHead(500).end())
  await lab.call('/reviews/0', { headers: { 'x-b3-traceid': '463ac35c9f6413ad', 'x-b3-spanid': 'a2fb4a1d1a96d312', 'x-b3-sampled': '1' } })
  const spans = () => lab.spans.filter((span) => span.traceId === '463ac35c9f6413ad')
  await expect.poll(() => spans().length).toBe(3)
  const client = spans().find(({ kind }) => kind === 'CLIENT')!
  const servers = spans().filter(({ kind }) => kind === 'SERVER')
  expect(client).toMatchObject({ traceId: '463ac35c9f6413ad', parentId: 'a2fb4a1d1a96d312', localEndpoint: { serviceName: 'productpage' } })
  for (const server of servers) {
    expect(server).toMatchObject({
      parentId: client.id,
      localEndpoint: { serviceName: 'reviews' },
      tags: { 'http.status_code': '500', error: 'true' },
    })
  }
  const seen = Object.values(lab.seen)
    .flat()
    .map(({ headers }) => headers['x-b3-spanid'])
  expect(new Set(seen)).toEqual(new Set(servers.map(({ id }) => id)))
})
