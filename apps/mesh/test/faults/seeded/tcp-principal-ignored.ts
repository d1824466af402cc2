import { fault } from '../fault.ts'

export default fault({
  title: 'Every caller counts as productpage in a policy for connections',
  kills: ['tcp-authorization-principal'],
  touches: ['AuthorizationPolicy', 'TCP'],
  wrap: {
    authorizeTcp: (real) => (rules, connection, caller, destination) =>
      real(rules, connection, { ...caller, principal: 'cluster.local/ns/default/sa/bookinfo-productpage' }, destination),
  },
})
