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

/** Namespaces are applied too, for their labels; yet the mesh has some that were not. */
const runs = (kind: string, group: string) => runningKinds.some((each) => each.kind === kind && each.group === group)

export const kindList = (): KnownKind[] => [
  ...runningKinds.map((each) => ({ ...namesOf(each), runs: true })),
  ...kinds.filter(({ kind, group }) => !runs(kind, group)).map((each) => ({ ...namesOf(each), runs: false })),
  ...absentKinds().map(({ names, why }) => ({ ...namesOf(names), runs: false, absent: why })),
]
