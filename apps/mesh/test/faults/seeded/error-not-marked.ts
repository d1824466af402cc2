import { fault } from '../fault.ts'

export default fault({
  title: 'A failing hop is not marked in its trace',
  kills: ['trace-error'],
  touches: ['Tracing'],
  wrap: {
    clientSpan:
      (real) =>
      (...given) => {
        const span = real(...given)
        const { error: _, ...tags } = span.tags ?? {}
        return { ...span, tags }
      },
  },
})
