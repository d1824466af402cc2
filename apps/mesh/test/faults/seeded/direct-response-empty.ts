import { respond, fault } from '../fault.ts'

export default fault({
  title: 'A direct response has no body',
  kills: ['direct-response'],
  touches: ['DirectResponse'],
  wrap: { decide: respond((made) => (made.status === 418 ? { ...made, body: '' } : made)) },
})
