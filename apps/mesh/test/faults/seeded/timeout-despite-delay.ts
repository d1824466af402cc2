import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A timeout strikes a request that a fault delays',
  kills: ['timeout-after-delay'],
  touches: ['Timeout'],
  wrap: {
    decide: forward(({ cluster: _, ...made }) =>
      made.delayMs === 1200
        ? { ...made, kind: 'respond', delayMs: 400, status: 504, headers: [], body: 'upstream request timeout' }
        : { ...made, cluster: _ },
    ),
  },
})
