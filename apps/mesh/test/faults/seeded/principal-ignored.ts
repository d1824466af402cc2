import { fault } from '../fault.ts'

export default fault({
  title: 'Every caller counts as productpage in a policy',
  kills: ['authorization-principal'],
  touches: ['AuthorizationPolicy'],
  wrap: {
    authorize: (real) => (rules, request, caller, destination, now) =>
      real(
        rules,
        request,
        { ...caller, principal: caller.principal?.replace('bookinfo-details', 'bookinfo-productpage') } as typeof caller,
        destination,
        now,
      ),
  },
})
