import fc from 'fast-check'
import { expect, test } from 'vitest'
import { credentialHeaders, propagate, propagatedHeaders } from '../src/propagation.ts'

test("upstream's list travels on, and the single b3 header that upstream forgets", () => {
  expect([...propagatedHeaders].sort()).toEqual(
    [
      'authorization',
      'b3',
      'cookie',
      'end-user',
      'grpc-trace-bin',
      'jwt',
      'sw8',
      'traceparent',
      'tracestate',
      'user-agent',
      'x-b3-flags',
      'x-b3-parentspanid',
      'x-b3-sampled',
      'x-b3-spanid',
      'x-b3-traceid',
      'x-cloud-trace-context',
      'x-datadog-parent-id',
      'x-datadog-sampling-priority',
      'x-datadog-trace-id',
      'x-ot-span-context',
      'x-request-id',
    ].sort(),
  )
})

test('nothing is invented for a request without headers', () => {
  expect(propagate({})).toEqual({})
})

test('other headers stay here', () => {
  expect(propagate({ host: 'a', accept: '*/*', 'x-envoy-attempt-count': '1', 'end-user': 'jason' })).toEqual({ 'end-user': 'jason' })
})

test('headers that are kept back do not go out', () => {
  expect(propagate({ cookie: 'session=1', b3: '0' }, new Set(credentialHeaders))).toEqual({ b3: '0' })
})

test('any value of a propagated header goes out as it came in', () => {
  const headers = fc.dictionary(fc.constantFrom(...propagatedHeaders), fc.string())
  fc.assert(
    fc.property(headers, (incoming) => {
      expect(propagate(incoming)).toEqual({ ...incoming })
    }),
  )
})
