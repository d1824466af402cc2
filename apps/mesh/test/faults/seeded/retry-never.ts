import { forward, fault } from '../fault.ts'

export default fault({
  title: 'Nothing is ever retried',
  kills: ['retry-count', 'retry-success', 'retry-body'],
  touches: ['Retries'],
  wrap: { decide: forward((made) => ({ ...made, retry: { ...made.retry, attempts: 0 } })) },
})
