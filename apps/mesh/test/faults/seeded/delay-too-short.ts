import { decision, fault } from '../fault.ts'

export default fault({
  title: 'A delay is over after half of its time',
  kills: ['fault-delay', 'fault-delay-and-abort'],
  touches: ['FaultDelay'],
  wrap: { decide: decision((made) => ({ ...made, delayMs: made.delayMs / 2 })) },
})
