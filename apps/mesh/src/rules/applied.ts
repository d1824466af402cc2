/** Objects as the mesh keeps them. */
import type { StoredObject } from '@bookinfo/rules/manifest'
import type { MeshConfig } from '@bookinfo/rules/ruleset'

/** An object that is applied. */
export interface Applied extends StoredObject {
  /** ms since 1970 */
  appliedAt: number
  uid: string
  /** Counts the changes of what the object says, those of its metadata left out. */
  generation: number
}

/** What has to survive a restart. */
export interface SavedRules {
  objects: readonly Applied[]
  mesh: MeshConfig
}
