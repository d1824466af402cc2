import { fault } from '../fault.ts'

export default fault({
  title: 'A DENY with a field of HTTP lets connections pass',
  kills: ['tcp-authorization-deny-http'],
  touches: ['AuthorizationPolicy', 'TCP'],
  wrap: {
    authorizeTcp:
      (real) =>
      (...given) => {
        const made = real(...given)
        return made.steps.some(({ fact }) => fact.kind === 'access' && !fact.allow && fact.by === 'rule')
          ? { allow: true, steps: [] }
          : made
      },
  },
})
