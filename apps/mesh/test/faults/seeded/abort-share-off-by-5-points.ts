import { again, fault } from '../fault.ts'

export default fault({
  title: 'An abort strikes five points too few',
  kills: ['fault-abort-share'],
  touches: ['FaultAbort'],
  wrap: { decide: again(0.267, (made) => made.kind === 'respond' && made.flags.includes('FI')) },
})
