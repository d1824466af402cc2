import { fault } from '../fault.ts'

export default fault({
  title: 'SERVER spans of reviews carry the name of details',
  kills: ['trace-page'],
  touches: ['Tracing'],
  wrap: {
    serverSpan:
      (real) =>
      (...given) => {
        const span = real(...given)
        return span.localEndpoint?.serviceName === 'reviews'
          ? { ...span, localEndpoint: { ...span.localEndpoint, serviceName: 'details' } }
          : span
      },
  },
})
