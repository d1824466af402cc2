import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A request is tried once too seldom',
  kills: ['retry-count'],
  touches: ['Retries'],
  wrap: { decide: forward((made) => ({ ...made, retry: { ...made.retry, attempts: Math.max(0, made.retry.attempts - 1) } })) },
})
