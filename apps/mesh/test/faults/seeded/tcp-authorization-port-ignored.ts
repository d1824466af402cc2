import { fault } from '../fault.ts'

export default fault({
  title: 'Policies see every connection at port 9080',
  kills: ['tcp-authorization-port'],
  touches: ['AuthorizationPolicy', 'TCP'],
  wrap: {
    authorizeTcp: (real) => (rules, connection, caller, destination) => real(rules, connection, caller, { ...destination, port: 9080 }),
  },
})
