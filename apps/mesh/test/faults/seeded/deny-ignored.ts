import { fault } from '../fault.ts'

export default fault({
  title: 'DENY is ignored',
  kills: ['authorization-deny-first'],
  touches: ['AuthorizationPolicy'],
  wrap: {
    authorize: (real) => (rules, request, caller, destination, now) =>
      real(rules, request.path === '/probe/echo/closed' ? { ...request, path: '/probe/echo/open' } : request, caller, destination, now),
  },
})
