import { respond, fault } from '../fault.ts'

export default fault({
  title: 'What no rule matches is answered with 503',
  kills: ['unmatched', 'gateway-route'],
  touches: ['UnmatchedRequest', 'HostMatch'],
  wrap: { decide: respond((made) => (made.status === 404 ? { ...made, status: 503 } : made)) },
})
