import { fault } from '../fault.ts'

export default fault({
  title: 'A delay strikes every request, not only those that match',
  kills: ['fault-delay'],
  touches: ['FaultDelay'],
  wrap: {
    decide: (real) => (rules, request, caller, state, random) => {
      const made = real(rules, request, caller, state, random)
      const asJason = real(rules, { ...request, headers: { ...request.headers, 'end-user': ['jason'] } }, caller, state, random)
      return asJason.delayMs > 0 ? { ...made, delayMs: asJason.delayMs } : made
    },
  },
})
