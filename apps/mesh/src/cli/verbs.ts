/** The table of verbs: what can be typed, in the order that help has. */
import type { Verb } from './verb.ts'
import { aboutVerbs } from './verbs/about-verbs.ts'
import { changeVerbs } from './verbs/change-verbs.ts'
import { meshVerbs } from './verbs/mesh-verbs.ts'
import { objectVerbs } from './verbs/object-verbs.ts'
import { podVerbs } from './verbs/pod-verbs.ts'
import { refusedVerbs } from './verbs/refused-verbs.ts'
import { workloadVerbs } from './verbs/workload-verbs.ts'

export const verbs: readonly Verb[] = [
  ...objectVerbs,
  ...changeVerbs,
  ...workloadVerbs,
  ...podVerbs,
  ...meshVerbs,
  ...aboutVerbs,
  ...refusedVerbs,
]
