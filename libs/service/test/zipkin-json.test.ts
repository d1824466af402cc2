import { SpanKind, SpanStatusCode, type HrTime } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ZipkinForm } from '../src/telemetry/zipkin.ts'
import { zipkinWriter } from '../src/telemetry/zipkin-json.ts'

const resource = resourceFromAttributes({ 'service.name': 'front "1"', 'service.version': 'v\\2', 'host.name': 'front-abc' })

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

const stock = new ZipkinForm('http://127.0.0.1:9411/api/v2/spans')
/** What the stock exporter's form says, without the fields that it leaves undefined. */
const expected = (of: ReadableSpan) => JSON.parse(JSON.stringify(stock.of(of)))
const written = (of: ReadableSpan) => JSON.parse(zipkinWriter()(of) ?? 'null')

const names = ['http.request.method', 'http.route', 'url.path', 'url.query', 'url.full', 'url.scheme', 'error.type'] as const
const attributes = fc.record(Object.fromEntries(names.map((name) => [name, fc.string({ unit: 'grapheme' })])), { requiredKeys: [] })
const peer = fc.option(
  fc.record({ 'peer.service': fc.string(), 'server.address': fc.string(), 'server.port': fc.integer({ min: 1, max: 65_535 }) }),
)
const time = (seconds: number) => fc.tuple(fc.nat(seconds), fc.nat(999_999_999)) as fc.Arbitrary<HrTime>
const hex = (length: number) =>
  fc.array(fc.nat(15), { minLength: length, maxLength: length }).map((digits) => digits.map((digit) => digit.toString(16)).join(''))

test('it writes what the stock exporter makes, whatever the values', () => {
  const any = fc.record({
    name: fc.string({ unit: 'grapheme' }),
    kind: fc.constantFrom(SpanKind.SERVER, SpanKind.CLIENT),
    traceId: fc.oneof(
      hex(32),
      hex(16).map((id) => id.padStart(32, '0')),
    ),
    parentSpanContext: fc.option(
      hex(16).map((spanId) => ({ traceId: '', spanId, traceFlags: 1 })),
      { nil: undefined },
    ),
    attributes: fc.tuple(attributes, peer).map(([own, more]) => ({ ...own, ...more })),
    status: fc.constantFrom({ code: SpanStatusCode.UNSET }, { code: SpanStatusCode.ERROR }),
    duration: time(100),
    startTime: time(2_000_000_000),
  })
  fc.assert(
    fc.property(any, (parts) => {
      const given = span(parts as Partial<ReadableSpan>)
      expect(written(given)).toEqual(expected(given))
    }),
  )
})

test.each([
  ['events', { events: [{ name: 'e', time: [0, 0] as HrTime }] }],
  ['a message', { status: { code: SpanStatusCode.ERROR, message: 'broken' } }],
  ['an explicit status', { status: { code: SpanStatusCode.OK } }],
  ['a list among its attributes', { attributes: { 'url.path': ['a', 'b'] } }],
  ['an attribute of another name', { attributes: { 'a"b': 'c' } }],
  ['attributes lost to a limit', { droppedAttributesCount: 1 }],
  ['another kind', { kind: SpanKind.INTERNAL }],
])('a span with %s is left to the stock exporter', (_what, parts) => {
  expect(zipkinWriter()(span(parts as Partial<ReadableSpan>))).toBeUndefined()
})

test('a resource that overrides an attribute, or is not text, is left to the stock exporter', () => {
  const own = { attributes: { 'url.path': '/a' } }
  expect(zipkinWriter()(span({ ...own, resource: resourceFromAttributes({ 'service.name': 'a', 'url.path': '/b' }) }))).toBeUndefined()
  expect(zipkinWriter()(span({ ...own, resource: resourceFromAttributes({ 'service.name': 'a', pid: 7 }) }))).toBeUndefined()
})
