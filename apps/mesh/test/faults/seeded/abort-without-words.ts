import { respond, fault } from '../fault.ts'

export default fault({
  title: 'An abort has no body',
  kills: ['fault-abort'],
  touches: ['FaultAbort'],
  wrap: { decide: respond((made) => (made.flags.includes('FI') ? { ...made, body: '' } : made)) },
})
