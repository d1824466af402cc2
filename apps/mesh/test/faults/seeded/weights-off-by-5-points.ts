import { again, fault } from '../fault.ts'
import type { Decision } from '@bookinfo/rules/decision'

const isV1 = (made: Decision) => made.kind === 'forward' && made.cluster.name.includes('v1')

export default fault({
  title: 'Weights are off by five points',
  kills: ['weights-50-50'],
  touches: ['Weights'],
  wrap: { decide: again(0.2, isV1) },
})
