import { fault } from '../fault.ts'
import { randomUUID } from 'node:crypto'

export default fault({
  title: 'Every hop makes its own request id',
  kills: ['request-id-kept', 'trace-request-id', 'access-log'],
  touches: ['RequestId'],
  wrap: {
    readRequest: (real) => (raw, door) => {
      const request = real(raw, door)
      if (request) request.headers['x-request-id'] = [randomUUID()]
      return request
    },
  },
})
