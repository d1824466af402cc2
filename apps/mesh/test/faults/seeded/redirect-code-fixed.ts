import { respond, fault } from '../fault.ts'

export default fault({
  title: 'Every redirect is a 301',
  kills: ['redirect', 'gateway-redirect'],
  touches: ['Redirect'],
  wrap: { decide: respond((made) => (made.status > 301 && made.status < 309 ? { ...made, status: 301 } : made)) },
})
