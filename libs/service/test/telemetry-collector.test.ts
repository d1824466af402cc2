import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startCollector, type Collector } from './fixtures/collector.ts'
import { tracedService, type TracedService } from './fixtures/traced-service.ts'

let collector: Collector
let service: TracedService | undefined
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(async () => {
  await collector.vanish()
  await service?.stop()
})

const start = async (env: Record<string, string> = {}, endpoint = collector.endpoint) => {
  service = await tracedService(endpoint, { env: { OTEL_BSP_SCHEDULE_DELAY: '20', ...env } })
  return service
}

/** `count` requests; every one must be answered. */
async function ask({ url }: TracedService, count: number) {
  for (let number = 0; number < count; number++) expect((await fetch(`${url}/items/${number}`)).status).toBe(200)
}

/** The counters, by name and cause: `exported` or `exported ECONNREFUSED`. */
async function counted({ url }: TracedService): Promise<Record<string, number>> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).matchAll(
    /^otel_sdk_(?:processor|exporter)_span_(\w+)_total\{(.*)\} (\d+)$/gm,
  )
  return Object.fromEntries(
    Array.from(lines, ([, name, labels, value]) => [
      [name, /error_type="([^"]*)"/.exec(labels ?? '')?.[1]].filter(Boolean).join(' '),
      Number(value),
    ]),
  )
}

const warnings = ({ log }: TracedService) =>
  log.filter((line) => String(line['msg']).startsWith('the trace collector')).map((line) => line['msg'])
const lost = 'the trace collector does not take spans: they are dropped'

test('what arrives is counted', async () => {
  const front = await start()
  await ask(front, 5)
  await expect.poll(() => counted(front)).toEqual({ processed: 5, exported: 5 })
  expect(collector.spans).toHaveLength(5)
  expect(warnings(front)).toEqual([])
})

test('a collector that refuses spans costs spans, not requests', async () => {
  collector.answer = (_request, response) => response.writeHead(503).end()
  const front = await start()
  await ask(front, 5)
  await expect.poll(() => counted(front)).toEqual({ processed: 5, 'exported 503': 5 })
})

test('a collector that was never there costs spans, not requests', async () => {
  await collector.vanish()
  const front = await start()
  await ask(front, 5)
  await expect.poll(() => counted(front)).toEqual({ processed: 5, 'exported ECONNREFUSED': 5 })
})

test('a collector that vanishes and comes back is logged once each, not for each batch', async () => {
  const front = await start()
  await ask(front, 1)
  await expect.poll(async () => (await counted(front))['exported']).toBe(1)
  await collector.vanish()
  for (const gone of [1, 2, 3]) {
    await ask(front, 1)
    await expect.poll(async () => (await counted(front))['exported ECONNREFUSED']).toBe(gone)
  }
  const back = createServer((_request, response) => response.writeHead(202).end()).listen(
    Number(new URL(collector.endpoint).port),
    '127.0.0.1',
  )
  await once(back, 'listening')
  await ask(front, 1)
  await expect.poll(async () => (await counted(front))['exported']).toBe(2)
  back.closeAllConnections()
  back.close()
  expect(warnings(front)).toEqual([lost, 'the trace collector takes spans again'])
})

test('a collector that never answers is given up after its timeout', async () => {
  collector.answer = () => {}
  const front = await start({ OTEL_EXPORTER_ZIPKIN_TIMEOUT: '100' })
  await ask(front, 5)
  await expect.poll(async () => (await counted(front))['exported TimeoutError']).toBeGreaterThan(0)
  expect(warnings(front)).toEqual([lost])
})

test('a queue that is full drops the newest spans, and never grows', async () => {
  collector.answer = () => {}
  // The collector is waited for longer than the test lasts, however slow the machine is.
  const hangs = { OTEL_BSP_EXPORT_TIMEOUT: '600000' }
  const front = await start({ OTEL_BSP_MAX_QUEUE_SIZE: '4', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2', ...hangs })
  await ask(front, 10)
  // 2 are with the collector, 4 wait.
  await expect.poll(() => counted(front)).toEqual({ processed: 2, 'processed queue_full': 4 })
})

test('an answer cut short is a failure, not a hang', async () => {
  collector.answer = (_request, response) => {
    response.writeHead(202, { 'content-length': '10' }).write('half')
    response.socket?.destroy()
  }
  const front = await start()
  await ask(front, 1)
  await expect.poll(async () => Object.keys(await counted(front)).some((key) => key.startsWith('exported '))).toBe(true)
})

test('unsampled spans are neither queued nor counted', async () => {
  const front = await start({ OTEL_TRACES_SAMPLER: 'always_off' })
  await ask(front, 3)
  await front.stop()
  expect(collector.spans).toEqual([])
})

test('OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over what the service knows', async () => {
  const front = await start({
    OTEL_SERVICE_NAME: 'shop',
    OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,k8s.namespace.name=default,team=a%20%C3%A9,service.version=v9',
  })
  await ask(front, 1)
  await front.stop()
  expect(collector.spans[0]).toMatchObject({
    localEndpoint: { serviceName: 'shop' },
    tags: { 'k8s.namespace.name': 'default', team: 'a é', 'service.version': 'v9' },
  })
})

test.each([
  ['OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
  ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_BSP_EXPORT_TIMEOUT'],
])('%s cuts long values', async (limit, other) => {
  const front = await start({ [limit]: '10', ...(other.endsWith('LIMIT') ? {} : { [other]: '5000' }) })
  await fetch(`${front.url}/items/${'x'.repeat(100)}`)
  await front.stop()
  expect(collector.spans[0]?.tags['url.path']).toBe('/items/xxx')
})

test.each([
  ['http/protobuf', 'application/x-protobuf'],
  ['http/json', 'application/json'],
])('otlp over %s', async (OTEL_EXPORTER_OTLP_PROTOCOL, type) => {
  const bodies: { path: string | undefined; type: string | undefined; bytes: Buffer }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      bodies.push({ path: request.url, type: request.headers['content-type'], bytes: Buffer.concat(chunks) })
      response.writeHead(200).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // The OTLP exporters read their endpoint from the process's own environment.
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const front = await start({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL }).finally(
    () => delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'],
  )
  await ask(front, 1)
  await front.stop()
  server.closeAllConnections()
  server.close()
  expect(bodies).toMatchObject([{ path: '/v1/traces', type }])
  expect(bodies[0]?.bytes.toString('latin1')).toContain('GET /items/:id')
})
