/** Connections that are used again: who closes one that is idle, and what a busy machine must not change. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startCollector } from '../src/control/server.ts'
import { listen } from '../src/proxy/listener.ts'
import { SpanStore } from '../src/zipkin/span-store.ts'
import { hits, startLab, type Lab } from './helpers/lab.ts'
import { destinationRule, toV, virtualService } from './helpers/rules.ts'

let lab: Lab
beforeEach(async () => {
  lab = await startLab()
})
afterEach(() => lab.close())

/** Seconds that a server says it keeps an idle connection. */
const patienceOf = ({ headers }: Response) => Number(/^timeout=(\d+)$/.exec(headers.get('keep-alive') ?? '')?.[1])

test('the proxy keeps an idle connection for longer than any client of it: ten minutes for undici, an hour for Envoy', async () => {
  lab.apply(destinationRule() + virtualService(toV(1)))
  expect(patienceOf(await fetch(`http://127.0.0.1:${lab.ports.reviews}/`))).toBeGreaterThanOrEqual(3600)
})

test('console and collector keep an idle connection for longer than their clients', async () => {
  const collector = await startCollector(new SpanStore(), 0, true)
  expect(patienceOf(await fetch(`http://127.0.0.1:${collector.port}/api/v2/services`))).toBeGreaterThanOrEqual(3600)
  await collector.close()
})

test('idleTimeout holds, though the server says that it would wait for longer', async () => {
  const server = createServer({ keepAliveTimeout: 600_000 }, (_incoming, response) => void response.end('hello'))
  const port = await listen(server, 0, '127.0.0.1')
  lab.apply(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: patient}
spec:
  hosts: [patient.test]
  ports: [{number: ${port}, name: http, protocol: HTTP}]
  location: MESH_EXTERNAL
  resolution: STATIC
  endpoints: [{address: 127.0.0.1}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: patient}
spec:
  host: patient.test
  trafficPolicy: {connectionPool: {http: {idleTimeout: 0.2s}}}
`)
  const dialled = once(server, 'connection')
  expect((await lab.call('/', { service: `patient.test:${port}` })).body).toBe('hello')
  const [connection] = await dialled
  await once(connection, 'close')
  server.close()
})

/** Holds this process up for so many milliseconds, as a busy machine does. */
function stall(ms: number) {
  for (const end = performance.now() + ms; performance.now() < end;);
}

test('an early answer leaves its connection usable when the rest of the body was there in time, though the proxy was held up', async () => {
  lab.apply(virtualService('- directResponse: {status: 403, body: {string: denied}}'))
  const socket = connect(lab.ports.reviews, '127.0.0.1')
  const ask = 'POST / HTTP/1.1\r\nHost: reviews\r\nContent-Length: 5\r\n\r\n'
  socket.write(ask)
  await once(socket, 'data')
  socket.write('hello')
  // The body is on the wire, and the proxy of this same process cannot read it until its patience is over.
  stall(1500)
  let text = ''
  socket.on('data', (chunk) => (text += String(chunk)))
  socket.write(`${ask}hello`)
  await expect.poll(() => text).toContain('HTTP/1.1 403')
  socket.destroy()
  expect(hits(lab, 'reviews')).toBe(0)
})
