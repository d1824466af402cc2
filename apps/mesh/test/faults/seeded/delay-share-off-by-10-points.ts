import { again, fault } from '../fault.ts'

export default fault({
  title: 'A delay strikes ten points too few',
  kills: ['fault-delay-share'],
  touches: ['FaultDelay'],
  wrap: { decide: again(0.785, ({ delayMs }) => delayMs > 0) },
})
