import { fault } from '../fault.ts'

export default fault({
  title: 'The CLIENT side of a hop is reported as its SERVER',
  kills: ['trace-page', 'trace-error'],
  touches: ['Tracing'],
  wrap: {
    clientSpan:
      (real) =>
      (...given) => ({ ...real(...given), kind: 'SERVER' }),
  },
})
