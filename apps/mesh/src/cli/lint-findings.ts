/** What is said of rule files, and where. */
import type { Notice } from '@bookinfo/rules/manifest'
import type { ManifestFile } from '../rules/store.ts'

/** `error`: the mesh refuses the file; `warning`: a rule cannot do what it says; `note`: an object is left out, or an old format converted. */
export type Level = 'error' | 'warning' | 'note'

export interface Finding {
  level: Level
  file: string
  /** From 1. */
  line: number
  /** `VirtualService default/reviews spec.http[0]`; empty when the text is not YAML. */
  object: string
  message: string
}

/** All that can be said about `files`, in their order and from top to bottom. */
export async function findingsIn(files: readonly ManifestFile[], namespace?: string): Promise<Finding[]> {
  const [{ readOffline }, { LinePlaces }] = await Promise.all([import('../rules/offline.ts'), import('./lint-places.ts')])
  const { problems, notices, warnings } = readOffline(files, namespace)
  const places = new LinePlaces(files)
  const found = (level: Level, all: readonly Notice[]) =>
    all.map(({ where, message }): Finding => ({ level, ...places.of(where), message }))
  const order = new Map(files.map(({ file }, index) => [file, index]))
  return [...found('error', problems), ...found('warning', warnings), ...found('note', notices)].toSorted(
    (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line,
  )
}
