import { fault } from '../fault.ts'

export default fault({
  title: 'Policies say nothing about connections without HTTP',
  kills: ['tcp-authorization-port', 'tcp-authorization-principal', 'tcp-authorization-allow-http', 'tcp-authorization-deny-http'],
  touches: ['AuthorizationPolicy', 'TCP'],
  wrap: {
    authorizeTcp: () => () => ({ allow: true, steps: [] }),
  },
})
