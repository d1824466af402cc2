import fc from 'fast-check'
import { expect, test } from 'vitest'
import { childOf, extractB3, injectB3, type Headers } from '../src/tracing/b3.ts'
import { createSampler } from '../src/tracing/sampler.ts'

const trace = '463ac35c9f6413ad48485a3953bb6124'
const span = 'a2fb4a1d1a96d312'

/** Headers that leave a proxy which received `headers` and samples everything, or nothing. */
function through(headers: Record<string, string>, sample = true) {
  const out: Headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))
  injectB3(
    out,
    childOf(extractB3(out), () => sample),
  )
  return Object.fromEntries(Object.entries(out).map(([name, values]) => [name, values.join()]))
}

test('the single header is read, x-b3-* are written, and no stale copy stays', () => {
  const out = through({ b3: `${trace}-${span}-1-05e3ac9a4f6e3b90` })
  expect(out).toEqual({
    'x-b3-traceid': trace,
    'x-b3-parentspanid': span,
    'x-b3-spanid': expect.stringMatching(/^[0-9a-f]{16}$/),
    'x-b3-sampled': '1',
  })
})

test('the single header wins over the others', () => {
  expect(through({ b3: `${trace}-${span}-0`, 'x-b3-traceid': '1'.repeat(16), 'x-b3-spanid': '2'.repeat(16) })).toMatchObject({
    'x-b3-traceid': trace,
    'x-b3-sampled': '0',
  })
})

test('without a decision the sampler decides; a decision that came in stands', () => {
  expect(through({ 'x-b3-traceid': trace, 'x-b3-spanid': span }, false)['x-b3-sampled']).toBe('0')
  expect(through({ 'x-b3-traceid': trace, 'x-b3-spanid': span, 'x-b3-sampled': '1' }, false)['x-b3-sampled']).toBe('1')
  expect(through({ 'x-b3-sampled': '0' })['x-b3-sampled']).toBe('0')
  expect(through({ b3: '0' })['x-b3-sampled']).toBe('0')
})

test('debug is kept across both forms', () => {
  expect(through({ b3: `${trace}-${span}-d` }, false)).toMatchObject({ 'x-b3-flags': '1', 'x-b3-sampled': '1' })
  expect(through({ 'x-b3-traceid': trace, 'x-b3-spanid': span, 'x-b3-flags': '1' }, false)).toMatchObject({ 'x-b3-flags': '1' })
})

test('64-bit trace ids stay 64 bits wide', () => {
  expect(through({ 'x-b3-traceid': span, 'x-b3-spanid': span })['x-b3-traceid']).toBe(span)
})

test('malformed headers start a new trace and never throw', () => {
  const value = fc.oneof(fc.string(), fc.constantFrom(trace, span, '0'.repeat(32), '', `${trace}-`, `${trace}-${span}-9-`, 'd', '1'))
  const names = fc.constantFrom('b3', 'x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags')
  fc.assert(
    fc.property(fc.dictionary(names, value), (headers) => {
      const out = through(headers)
      expect(out['x-b3-traceid']).toMatch(/^(?:[0-9a-f]{16}|[0-9a-f]{32})$/)
      expect(out['x-b3-traceid']).not.toMatch(/^0+$/)
      expect(out['x-b3-spanid']).toMatch(/^[0-9a-f]{16}$/)
      expect(out['x-b3-sampled']).toMatch(/^[01]$/)
      expect(out['b3']).toBeUndefined()
    }),
  )
})

test('a ratio keeps its share, depending only on the id', () => {
  const sample = createSampler('traceidratio', 0.25)
  let kept = 0
  for (let i = 0; i < 4096; i++) if (sample(`${'0'.repeat(24)}${(i * 0x10_0000).toString(16).padStart(8, '0')}`)) kept++
  expect(kept).toBe(1024)
  expect(createSampler('parentbased_always_off', 1)(trace)).toBe(false)
})
