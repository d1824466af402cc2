import { forward, fault } from '../fault.ts'

export default fault({
  title: 'The timeout of a single try is ignored',
  kills: ['timeout-per-try'],
  touches: ['Timeout'],
  wrap: {
    decide: forward((made) => {
      const { perTryTimeoutMs: _, ...retry } = made.retry
      return { ...made, retry }
    }),
  },
})
