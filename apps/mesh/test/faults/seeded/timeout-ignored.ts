import { forward, fault } from '../fault.ts'

export default fault({
  title: 'Timeouts are ignored',
  kills: ['timeout', 'timeout-covers-retries'],
  touches: ['Timeout'],
  wrap: { decide: forward((made) => ({ ...made, timeoutMs: 0 })) },
})
