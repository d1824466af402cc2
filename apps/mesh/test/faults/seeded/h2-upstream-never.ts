import { fault, forward } from '../fault.ts'

export default fault({
  title: 'Requests that are not gRPC go on by HTTP/1.1, whatever the port declares',
  kills: ['h2c-upstream'],
  touches: ['Http2'],
  wrap: {
    decide: forward((made, request) => {
      if (request.headers['te']?.includes('trailers')) return made
      const { protocol: _, ...cluster } = made.cluster
      return { ...made, cluster }
    }),
  },
})
