import { fault } from '../fault.ts'

export default fault({
  title: 'Status codes that are listed are not retried',
  kills: ['retry-listed-code'],
  touches: ['Retries'],
  wrap: { retriesAnswer: (real) => (policy, status, headers) => status >= 500 && real(policy, status, headers) },
})
