import { respond, fault } from '../fault.ts'

export default fault({
  title: 'A host that nobody declared is dialled all the same',
  kills: ['egress-registry-only'],
  touches: ['Egress'],
  wrap: { decide: respond((made) => (made.status === 502 ? { ...made, status: 503, body: 'no such host' } : made)) },
})
