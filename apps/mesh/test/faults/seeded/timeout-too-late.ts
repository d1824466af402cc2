import { forward, fault } from '../fault.ts'

export default fault({
  title: 'Timeouts strike at three times their time',
  kills: ['timeout'],
  touches: ['Timeout'],
  wrap: { decide: forward((made) => ({ ...made, timeoutMs: made.timeoutMs * 3 })) },
})
