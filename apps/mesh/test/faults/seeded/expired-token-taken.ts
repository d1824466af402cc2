import { fault } from '../fault.ts'

export default fault({
  title: 'A token that is out of date is taken',
  kills: ['jwt', 'jwt-optional'],
  touches: ['RequestAuthentication'],
  wrap: { authorize: (real) => (rules, request, caller, destination, now) => real(rules, request, caller, destination, now - 5_400_000) },
})
