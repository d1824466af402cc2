import { respond, fault } from '../fault.ts'

export default fault({
  title: 'Every abort is a 500',
  kills: ['fault-abort', 'fault-delay-and-abort'],
  touches: ['FaultAbort'],
  wrap: { decide: respond((made) => (made.flags.includes('FI') ? { ...made, status: 500 } : made)) },
})
