import { expect, test } from 'vitest'
import { traceFields } from '../src/log-fields.ts'

test.each([
  ['x-b3-*', { 'x-b3-traceid': 'aaaa', 'x-b3-spanid': 'bbbb' }, { trace_id: 'aaaa', span_id: 'bbbb' }],
  ['the single b3 header', { b3: 'aaaa-bbbb-1-cccc' }, { trace_id: 'aaaa', span_id: 'bbbb' }],
  ['traceparent', { traceparent: '00-aaaa-bbbb-01' }, { trace_id: 'aaaa', span_id: 'bbbb' }],
  ['a bare decision', { b3: '0' }, {}],
  ['no trace', {}, {}],
])('ids come from %s', (_, headers, fields) => {
  expect(traceFields(headers)).toEqual(fields)
})
