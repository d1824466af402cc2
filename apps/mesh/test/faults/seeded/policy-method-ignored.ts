import { fault } from '../fault.ts'

export default fault({
  title: 'A policy takes every method for GET',
  kills: ['authorization-method'],
  touches: ['AuthorizationPolicy'],
  wrap: {
    authorize: (real) => (rules, request, caller, destination, now) => real(rules, { ...request, method: 'GET' }, caller, destination, now),
  },
})
