/** What the CLI reads words like `vs` and `deploy` by. */
import type { KindNames } from '@bookinfo/rules/kind-names'
import { absentKinds, kinds, runningKinds } from '@bookinfo/rules/kinds'

/** A kind's names; `absent` says why there are none of it. */
export interface KnownKind extends KindNames {
  /** Its objects are what runs: they are not applied. */
  runs: boolean
  absent?: string
}

const namesOf = ({ kind, group, versions, plural, singular, shortNames, categories, clusterWide = false }: KindNames) => ({
  kind,
  group,
  versions,
  plural,
  singular,
  shortNames,
  categories,
  clusterWide,
})

export const kindList = (): KnownKind[] => [
  ...runningKinds.map((each) => ({ ...namesOf(each), runs: true })),
  ...kinds.map((each) => ({ ...namesOf(each), runs: false })),
  ...absentKinds().map(({ names, why }) => ({ ...namesOf(names), runs: false, absent: why })),
]
