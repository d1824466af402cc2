import { fault } from '../fault.ts'

export default fault({
  title: 'Successes are tried again',
  kills: ['retry-success-alone'],
  touches: ['Retries'],
  wrap: {
    retriesAnswer: (real) => (policy, status, headers) =>
      real(policy, status, headers) || (policy.on.includes('reset') && policy.attempts === 3),
  },
})
