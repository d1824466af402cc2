import { fault } from '../fault.ts'

export default fault({
  title: 'W3C trace headers are dropped',
  kills: ['w3c-beside-b3'],
  touches: ['Tracing'],
  wrap: {
    readRequest: (real) => (raw, door) => {
      const request = real(raw, door)
      if (request) delete request.headers['traceparent']
      return request
    },
  },
})
