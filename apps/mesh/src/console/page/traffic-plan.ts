/** What the traffic generator was last asked for, so that starting again needs one click. */
import type { TrafficPlan } from '../../control/traffic.ts'

const key = 'traffic'
const first: TrafficPlan = { rate: 10, users: ['anonymous', 'jason'], path: '/productpage', headers: {} }

export function lastPlan(): TrafficPlan {
  try {
    return { ...first, ...(JSON.parse(sessionStorage.getItem(key) ?? '{}') as Partial<TrafficPlan>) }
  } catch {
    return first
  }
}

export const keepPlan = (plan: TrafficPlan) => sessionStorage.setItem(key, JSON.stringify(plan))
