import { fault } from '../fault.ts'

export default fault({
  title: 'Every failure is retried, listed or not',
  kills: ['retry-default-503', 'retry-unlisted-code', 'retry-reset-not-listed'],
  touches: ['Retries', 'OutlierDetection'],
  wrap: { retriesAnswer: () => (_policy, status) => status >= 500 },
})
