import { fault } from '../fault.ts'

export default fault({
  title: 'A policy judges the path before it is rewritten',
  kills: ['authorization-after-rewrite'],
  touches: ['AuthorizationPolicy'],
  wrap: {
    authorize: (real) => (rules, request, caller, destination, now) =>
      real(rules, { ...request, path: request.headers['x-envoy-original-path']?.[0] ?? request.path }, caller, destination, now),
  },
})
