import { respond, fault } from '../fault.ts'

export default fault({
  title: 'An undeclared host is dialled despite REGISTRY_ONLY',
  kills: ['egress-registry-only'],
  touches: ['Egress'],
  wrap: { decide: respond((made) => (made.status === 502 ? { ...made, status: 503, body: 'no such host' } : made)) },
})
