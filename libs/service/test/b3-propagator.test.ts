import { ROOT_CONTEXT, SpanKind, TraceFlags, defaultTextMapGetter, defaultTextMapSetter, trace, type Span } from '@opentelemetry/api'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { B3Propagator } from '../src/telemetry/b3.ts'
import { TelemetryConfig } from '../src/telemetry/telemetry-config.ts'
import { createSampler } from '../src/telemetry/sampler.ts'

const single = new B3Propagator('single')
const multi = new B3Propagator('multi')
const forms = { single, multi }

type Headers = Record<string, string>
type SamplerName = TelemetryConfig['OTEL_TRACES_SAMPLER']

const extract = (headers: Headers) => multi.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)

/** What a service that got `headers` sends on from a CLIENT span in its SERVER span. */
function hop(headers: Headers, form: keyof typeof forms, sampler: SamplerName = 'parentbased_always_on', ratio = 1) {
  const provider = new TracerProvider({ sampler: createSampler({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio }) })
  const tracer = provider.getTracer('test')
  const parent = extract(headers)
  const server = tracer.startSpan('GET', { kind: SpanKind.SERVER }, parent)
  const inServer = trace.setSpan(parent, server)
  const client = tracer.startSpan('GET', { kind: SpanKind.CLIENT }, inServer)
  const sent: Headers = {}
  forms[form].inject(trace.setSpan(inServer, client), sent, defaultTextMapSetter)
  return { sent, server: idsOf(server), client: idsOf(client) }
}

const idsOf = (span: Span) => ({
  traceId: span.spanContext().traceId,
  spanId: span.spanContext().spanId,
  sampled: Boolean(span.spanContext().traceFlags & TraceFlags.SAMPLED),
})

const digits16 = '0123456789abcdef'.split('')
const hex = (digits: number) =>
  fc.string({ unit: fc.constantFrom(...digits16), minLength: digits, maxLength: digits }).filter((id) => !/^0+$/.test(id))
const traceIds = fc.oneof(hex(16), hex(32))
const spanIds = hex(16)
const formNames = fc.constantFrom('single' as const, 'multi' as const)
/** The ways to say one thing. */
const said = {
  accept: [{ 'x-b3-sampled': '1' }, { 'x-b3-sampled': 'true' }],
  deny: [{ 'x-b3-sampled': '0' }, { 'x-b3-sampled': 'false' }],
  debug: [{ 'x-b3-flags': '1' }, { 'x-b3-flags': '1', 'x-b3-sampled': '1' }],
  defer: [{}],
}
const letter = { accept: '1', deny: '0', debug: 'd', defer: '' }
const decisions = fc.constantFrom('accept' as const, 'deny' as const, 'debug' as const, 'defer' as const)

/** Headers that carry the ids and the decision, in either form. */
const incoming = (decision: keyof typeof said, traceId: string, spanId: string) =>
  fc.constantFrom<Headers>(
    { b3: [traceId, spanId, letter[decision]].filter(Boolean).join('-') },
    ...said[decision].map((sampled) => ({ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, ...sampled })),
  )
const arrivals = fc
  .record({ decision: decisions, traceId: traceIds, spanId: spanIds })
  .chain(({ decision, traceId, spanId }) => incoming(decision, traceId, spanId).map((headers) => ({ decision, traceId, spanId, headers })))

/** Ids and decision of headers that were sent, whatever their form. */
function read(sent: Headers) {
  if (sent['b3'] !== undefined) {
    const [traceId, spanId, decision, parentId] = sent['b3'].split('-')
    return { traceId, spanId, decision, parentId }
  }
  const decision = sent['x-b3-flags'] === '1' ? 'd' : sent['x-b3-sampled']
  return { traceId: sent['x-b3-traceid'], spanId: sent['x-b3-spanid'], decision, parentId: sent['x-b3-parentspanid'] }
}

test('a trace goes on in whichever form, its id as wide as it came', () => {
  fc.assert(
    fc.property(arrivals, formNames, ({ headers, traceId }, form) => {
      const { sent, client } = hop(headers, form)
      expect(read(sent)).toMatchObject({ traceId, spanId: client.spanId })
      expect(client.traceId).toBe(traceId.padStart(32, '0'))
    }),
  )
})

test('the parent that is sent is the SERVER span, never the one that came in', () => {
  fc.assert(
    fc.property(arrivals, formNames, ({ headers, spanId, decision }, form) => {
      const { sent, server } = hop(headers, form)
      fc.pre(decision !== 'deny')
      expect(read(sent).parentId).toBe(server.spanId)
      expect(server.spanId).not.toBe(spanId)
    }),
  )
})

test('a decision that was made is kept by the default sampler, and no decision means sampled here', () => {
  fc.assert(
    fc.property(arrivals, formNames, ({ headers, decision }, form) => {
      expect(read(hop(headers, form).sent).decision).toBe({ accept: '1', deny: '0', debug: 'd', defer: '1' }[decision])
    }),
  )
})

test.each<[SamplerName, number, string]>([
  ['parentbased_always_on', 1, '1'],
  ['parentbased_always_off', 1, '0'],
  ['parentbased_traceidratio', 1, '1'],
  ['parentbased_traceidratio', 0, '0'],
  ['always_on', 1, '1'],
  ['always_off', 1, '0'],
  ['traceidratio', 0, '0'],
])('where no decision came, %s (%d) decides and says %s', (sampler, ratio, decision) => {
  fc.assert(
    fc.property(traceIds, spanIds, formNames, (traceId, spanId, form) => {
      const { sent, server, client } = hop({ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId }, form, sampler, ratio)
      expect(read(sent)).toMatchObject({ traceId, decision })
      expect([server.sampled, client.sampled]).toEqual([decision === '1', decision === '1'])
    }),
    { numRuns: 30 },
  )
})

test('debug is recorded whatever the sampler says, and both headers say so: Envoy reads only x-b3-sampled', () => {
  const { sent, server } = hop({ 'x-b3-flags': '1' }, 'multi', 'always_off')
  expect(server.sampled).toBe(true)
  expect(sent).toMatchObject({ 'x-b3-flags': '1', 'x-b3-sampled': '1' })
})

test.each([
  ['b3: 0', { b3: '0' }, '0'],
  ['b3: 1', { b3: '1' }, '1'],
  ['b3: d', { b3: 'd' }, 'd'],
  ['x-b3-sampled: 0', { 'x-b3-sampled': '0' }, '0'],
  ['x-b3-sampled: 1', { 'x-b3-sampled': '1' }, '1'],
])('a bare %s decides for a new trace', (_, headers, decision) => {
  for (const form of ['single', 'multi'] as const) {
    const { sent, server } = hop(headers, form, 'parentbased_traceidratio', decision === '0' ? 1 : 0)
    expect(read(sent)).toMatchObject({ traceId: server.traceId, decision })
  }
})

test('the single header wins over the others', () => {
  fc.assert(
    fc.property(arrivals, arrivals, formNames, (one, other, form) => {
      const b3 = [one.traceId, one.spanId, letter[one.decision]].filter(Boolean).join('-')
      const both = { 'x-b3-traceid': other.traceId, 'x-b3-spanid': other.spanId, ...said[other.decision][0], b3 }
      const expected = read(hop({ b3 }, form).sent)
      expect(read(hop(both, form).sent)).toMatchObject({ traceId: one.traceId, decision: expected.decision })
    }),
  )
})

test('a single header that is not B3 is ignored in favour of the others', () => {
  const { sent } = hop({ b3: 'junk', 'x-b3-traceid': 'a'.repeat(16), 'x-b3-spanid': 'b'.repeat(16), 'x-b3-sampled': '0' }, 'multi')
  expect(sent).toMatchObject({ 'x-b3-traceid': 'a'.repeat(16), 'x-b3-sampled': '0' })
})

test('without an own span, what came in goes out: open stays open', () => {
  fc.assert(
    fc.property(arrivals, formNames, ({ headers, decision, traceId, spanId }, form) => {
      const sent: Headers = {}
      forms[form].inject(extract(headers), sent, defaultTextMapSetter)
      expect(read(sent)).toEqual({ traceId, spanId, decision: letter[decision] || undefined, parentId: undefined })
    }),
  )
})

const wellFormed = (id: string, widths: number[]) => /^[0-9a-f]+$/i.test(id) && widths.includes(id.length) && !/^0+$/.test(id)

test('malformed ids start a new trace and never fail', () => {
  const junk = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom(...digits16, 'g', '-') }),
    fc.constantFrom(
      '0'.repeat(32),
      '0'.repeat(16),
      'a'.repeat(31),
      'a'.repeat(33),
      'a'.repeat(64),
      'x'.repeat(10_000),
      '__proto__',
      'constructor',
    ),
  )
  fc.assert(
    fc.property(junk, junk, formNames, (traceId, spanId, form) => {
      fc.pre(!(wellFormed(traceId.trim(), [16, 32]) && wellFormed(spanId.trim(), [16])))
      const { sent, server } = hop({ 'x-b3-traceid': traceId, 'x-b3-spanid': spanId }, form)
      expect(read(sent)).toMatchObject({ traceId: server.traceId, decision: '1' })
      expect(server.traceId).toMatch(/^[0-9a-f]{32}$/)
    }),
  )
})

test('any single header at all yields a usable trace', () => {
  const words = fc.string({ unit: fc.constantFrom(...digits16, '-', '-', ' ') })
  fc.assert(
    fc.property(fc.oneof(words, fc.string(), fc.constantFrom('constructor', '__proto__', '-', '---', '')), formNames, (b3, form) => {
      expect(read(hop({ b3 }, form).sent).traceId).toMatch(/^([0-9a-f]{16}){1,2}$/)
    }),
  )
})

test('a header that came twice counts as absent', () => {
  const twice = { 'x-b3-traceid': ['a'.repeat(32), 'b'.repeat(32)] as unknown as string, 'x-b3-spanid': 'a'.repeat(16) }
  expect(extract(twice)).toBe(ROOT_CONTEXT)
})

test('ids in capitals are the same ids', () => {
  const { sent } = hop({ 'x-b3-traceid': 'ABCDEF0123456789', 'x-b3-spanid': 'ABCDEF0123456789' }, 'multi')
  expect(sent['x-b3-traceid']).toBe('abcdef0123456789')
})
