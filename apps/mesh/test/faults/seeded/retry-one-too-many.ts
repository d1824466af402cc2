import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A request is tried once too often',
  kills: ['retry-count'],
  touches: ['Retries'],
  wrap: { decide: forward((made) => ({ ...made, retry: { ...made.retry, attempts: made.retry.attempts && made.retry.attempts + 1 } })) },
})
