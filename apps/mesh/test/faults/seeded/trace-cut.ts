import { fault } from '../fault.ts'

export default fault({
  title: 'Every hop begins its own trace',
  kills: ['b3-multi', 'b3-single', 'trace-page'],
  touches: ['B3', 'Tracing'],
  wrap: { childOf: (real) => (parent, sample) => ({ ...real(parent, sample), traceId: real({}, sample).traceId }) },
})
