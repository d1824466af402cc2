import { forward, fault } from '../fault.ts'

export default fault({
  title: 'Requests without a timeout have one of two seconds',
  kills: ['timeout-none'],
  touches: ['Timeout'],
  wrap: { decide: forward((made) => ({ ...made, timeoutMs: made.timeoutMs || 2000 })) },
})
