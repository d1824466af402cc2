import { fault, misread } from '../fault.ts'

export default fault({
  title: 'At a port without a protocol, rules do not see the headers of requests',
  kills: ['sniffed-http'],
  touches: ['Sniffing'],
  wrap: { decide: misread((request) => (request.port === 9084 ? { ...request, headers: {} } : request)) },
})
