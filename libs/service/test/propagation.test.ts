import { quoted, tableBelow } from '@bookinfo/tools/markdown-tables'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HeaderNames, insideHeaders, propagate, propagatedHeaders } from '../src/propagation.ts'

const page = new URL('../../../docs/tracing.md', import.meta.url)

test("upstream's list travels on", () => {
  const upstream = [
    ['x-request-id', 'x-ot-span-context', 'x-datadog-trace-id', 'x-datadog-parent-id', 'x-datadog-sampling-priority'],
    ['traceparent', 'tracestate', 'x-cloud-trace-context', 'grpc-trace-bin', 'sw8'],
    ['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'],
    ['user-agent', 'cookie', 'authorization', 'jwt', 'end-user'],
  ].flat()
  expect(Object.values(propagatedHeaders).flat()).toEqual(expect.arrayContaining(upstream))
})

test.each([
  'b3',
  'baggage',
  'uber-trace-id',
  'uberctx-tenant',
  'x-datadog-origin',
  'x-datadog-tags',
  'sw8-x',
  'sw8-correlation',
  'ot-tracer-traceid',
  'ot-tracer-spanid',
  'ot-tracer-sampled',
  'ot-baggage-tenant',
  'x-amzn-trace-id',
])('%s, which upstream loses, travels on', (name) => {
  expect(propagate({ [name]: 'value' })).toEqual({ [name]: 'value' })
})

test('the page on tracing shows the list, and what stays inside', () => {
  const inside = new HeaderNames(insideHeaders)
  const outside = (names: readonly string[]) => {
    const kept = names.filter((name) => insideHeaders.includes(name) || inside.has(name)).map((name) => `\`${name}\``)
    return kept.length === names.length ? 'no' : kept.length === 0 ? 'yes' : `without ${kept.join(', ')}`
  }
  const shown = tableBelow(page, 'What travels on').map(([whose, headers, goesOut]) => [whose, quoted(headers!), goesOut])
  expect(shown).toEqual(Object.entries(propagatedHeaders).map(([whose, names]) => [whose, names, outside(names)]))
})

test('nothing is invented for a request without headers', () => {
  expect(propagate({})).toEqual({})
})

test('other headers stay here', () => {
  const others = { host: 'a', accept: '*/*', 'x-envoy-attempt-count': '1', uberctx: '1', 'x-datadog-other': '1', connection: 'close' }
  expect(propagate({ ...others, 'end-user': 'jason' })).toEqual({ 'end-user': 'jason' })
})

test('headers that are kept back do not go out', () => {
  expect(propagate({ cookie: 'session=1', 'uberctx-a': '1', b3: '0' }, new HeaderNames(insideHeaders))).toEqual({ b3: '0' })
})

test('a name that ends in * stands for all that begin so, and for no other', () => {
  const names = new HeaderNames(['uberctx-*', 'b3'])
  expect(['uberctx-', 'uberctx-a', 'b3', 'uberctx', 'xuberctx-a', 'b3x'].filter((name) => names.has(name))).toEqual([
    'uberctx-',
    'uberctx-a',
    'b3',
  ])
})

test('any value of a propagated header goes out as it came in', () => {
  const names = Object.values(propagatedHeaders).flat()
  const name = fc.oneof(
    fc.constantFrom(...names.filter((each) => !each.endsWith('*'))),
    fc.tuple(fc.constantFrom('uberctx-', 'ot-baggage-'), fc.stringMatching(/^[a-z0-9_.-]{1,20}$/)).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(fc.dictionary(name, fc.string()), (incoming) => {
      expect(propagate(incoming)).toEqual({ ...incoming })
    }),
  )
})
