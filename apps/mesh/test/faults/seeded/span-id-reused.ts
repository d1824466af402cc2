import { fault } from '../fault.ts'

export default fault({
  title: 'A hop reports the span of its caller as its own',
  kills: ['b3-multi'],
  touches: ['Tracing'],
  wrap: {
    childOf: (real) => (parent, sample) => ({ ...real(parent, sample), ...(parent.spanId !== undefined && { spanId: parent.spanId }) }),
  },
})
