import { fault } from '../fault.ts'

export default fault({
  title: 'The parent of a span is lost',
  kills: ['b3-multi', 'trace-page'],
  touches: ['Tracing'],
  wrap: { childOf: (real) => (parent, sample) => ({ ...real(parent, sample), parentId: undefined }) },
})
