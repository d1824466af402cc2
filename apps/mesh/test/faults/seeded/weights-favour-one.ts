import { again, fault } from '../fault.ts'
import type { Decision } from '@bookinfo/rules/decision'

const isNotV1 = (made: Decision) => made.kind === 'forward' && !made.cluster.name.includes('v1')

export default fault({
  title: 'The first destination gets far more than its weight',
  kills: ['weights-50-50', 'weights-three-ways'],
  touches: ['Weights'],
  wrap: { decide: again(0.6, isNotV1) },
})
