import { fault, fieldOf } from '../fault.ts'

export default fault({
  title: 'The gateway believes the request id of a client',
  kills: ['gateway-request-id'],
  touches: ['RequestId'],
  wrap: {
    readRequest: (real) => (raw, door) => {
      const request = real(raw, door)
      const sent = fieldOf(raw, 'x-request-id')
      if (request && sent) request.headers['x-request-id'] = [sent]
      return request
    },
  },
})
