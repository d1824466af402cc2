import { SpanKind, SpanStatusCode, type HrTime } from '@opentelemetry/api'
import { ExportResultCode, type ExportResult } from '@opentelemetry/core'
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { zipkinSpan } from '../src/telemetry/zipkin-span.ts'

const resource = resourceFromAttributes({ 'service.name': 'front "1"', 'service.version': 'v\\2', 'process.pid': 7 })

const span = (parts: Partial<ReadableSpan> & { traceId?: string } = {}): ReadableSpan =>
  ({
    name: 'GET /items/:id',
    kind: SpanKind.SERVER,
    spanContext: () => ({ traceId: parts.traceId ?? '463ac35c9f6413ad48485a3953bb6124', spanId: '00f067aa0ba902b7', traceFlags: 1 }),
    startTime: [1_763_964_000, 123_000_000],
    duration: [0, 1_500_400],
    status: { code: SpanStatusCode.UNSET },
    attributes: {},
    links: [],
    events: [],
    resource,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    ...parts,
  }) as ReadableSpan

const inJson = (of: ReadableSpan) => JSON.parse(JSON.stringify(zipkinSpan(of)))

/** What the stock exporter sends to a collector. */
async function stock(spans: ReadableSpan[]): Promise<Record<string, unknown>[]> {
  let body = ''
  const collector = createServer((request, answer) => {
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => answer.writeHead(202).end())
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const exporter = new ZipkinExporter({ url: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/api/v2/spans` })
  const { code } = await new Promise<ExportResult>((resolve) => exporter.export(spans, resolve))
  collector.closeAllConnections()
  collector.close()
  expect(code).toBe(ExportResultCode.SUCCESS)
  return JSON.parse(body)
}

const hex = (length: number) =>
  fc.array(fc.nat(15), { minLength: length, maxLength: length }).map((digits) => digits.map((digit) => digit.toString(16)).join(''))
const text = fc.string({ unit: 'grapheme' })
const time = (seconds: number) => fc.tuple(fc.nat(seconds), fc.nat(999_999_999)) as fc.Arbitrary<HrTime>
const value = fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.array(text))
/** Not those whose form differs: they have tests below. */
const name = fc.oneof(fc.constantFrom('http.route', 'url.path', 'service.version', 'a"b'), text).filter((own) => own !== 'peer.service')

const anySpan = fc
  .record({
    name: text,
    kind: fc.constantFrom(SpanKind.SERVER, SpanKind.CLIENT, SpanKind.INTERNAL, SpanKind.PRODUCER, SpanKind.CONSUMER),
    traceId: hex(32).filter((id) => !id.startsWith('0000000000000000')),
    parentSpanContext: fc.option(
      hex(16).map((spanId) => ({ traceId: '', spanId, traceFlags: 1 })),
      { nil: undefined },
    ),
    attributes: fc.dictionary(name, value),
    events: fc.array(fc.record({ name: text, time: time(2_000_000_000) })),
    status: fc.oneof(
      fc.record({ code: fc.constantFrom(SpanStatusCode.UNSET, SpanStatusCode.OK) }),
      fc.record({ code: fc.constant(SpanStatusCode.ERROR), message: fc.string({ minLength: 1 }) }),
    ),
    duration: time(100).filter(([seconds, nanos]) => seconds > 0 || nanos >= 500),
    startTime: time(2_000_000_000),
    droppedAttributesCount: fc.nat(2),
    droppedEventsCount: fc.nat(2),
    droppedLinksCount: fc.nat(2),
  })
  .map((parts) => span(parts as Partial<ReadableSpan>))

test('a span has the form that the stock exporter sends, whatever its values', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anySpan, { minLength: 1 }), async (spans) => {
      const expected = await stock(spans)
      const ours = spans.map(inJson).map((own) => ({ ...own, tags: { ...own.tags, 'service.name': 'front "1"' } }))
      expect(ours).toEqual(expected)
    }),
  )
})

test('a call names the service that is called', () => {
  const attributes = { 'peer.service': 'details', 'server.port': 9080 }
  expect(zipkinSpan(span({ kind: SpanKind.CLIENT, attributes })).remoteEndpoint).toEqual({ serviceName: 'details', port: 9080 })
})

test('a 64-bit trace id keeps its width', () => {
  expect(zipkinSpan(span({ traceId: '000000000000000048485a3953bb6124' })).traceId).toBe('48485a3953bb6124')
})

test('no duration is 0', () => {
  expect(zipkinSpan(span({ duration: [0, 20] })).duration).toBe(1)
})

test.each([
  ['its message', { message: 'broken' }, { 'error.type': '503' }, 'broken'],
  ['the type of its error', {}, { 'error.type': '503' }, '503'],
  ['an attribute of that name', {}, { error: 'mine', 'error.type': '503' }, 'mine'],
  ['true without any', {}, {}, 'true'],
])('the error tag of a failed span is %s', (_what, status, attributes, error) => {
  expect(zipkinSpan(span({ status: { code: SpanStatusCode.ERROR, ...status }, attributes })).tags['error']).toBe(error)
})

test('the name of the service is at the local endpoint only', () => {
  expect(zipkinSpan(span())).toMatchObject({
    localEndpoint: { serviceName: 'front "1"' },
    tags: { 'service.version': 'v\\2', 'process.pid': '7' },
  })
  expect(zipkinSpan(span()).tags).not.toHaveProperty(['service.name'])
})
