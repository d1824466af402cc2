import { fault } from '../fault.ts'

export default fault({
  title: 'A PERMISSIVE workload refuses plain text',
  kills: ['mtls-permissive-plaintext'],
  touches: ['PeerAuthentication'],
  wrap: {
    authorize: (real) => async (rules, request, caller, destination, now) =>
      caller.principal === undefined && caller.kind === 'workload'
        ? { allow: false, reset: true, steps: [] }
        : real(rules, request, caller, destination, now),
  },
})
