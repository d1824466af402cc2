/** The objects that are applied. A change is all or nothing: read, compiled and saved before anything goes by it. */
import type { Inventory } from '@bookinfo/rules/decision'
import type { ManifestObject, Notice, StoredObject } from '@bookinfo/rules/manifest'
import type { FetchedKeys } from '@bookinfo/rules/key-set'
import { parseManifests } from '@bookinfo/rules/manifests'
import { compile, defaultMeshConfig, type MeshConfig, type RuleSet } from '@bookinfo/rules/ruleset'
import { EventEmitter } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import { keyOf } from './objects.ts'

/** A file of manifests, as the user named it. */
export interface ManifestFile {
  file: string
  text: string
}

export interface Change {
  object: ManifestObject
  action: 'created' | 'configured' | 'unchanged' | 'deleted' | 'not found'
}

export interface Outcome {
  changes: Change[]
  notices: readonly Notice[]
  /** What the rules that are now in force warn about. */
  warnings: readonly Notice[]
}

/** An object that is applied; `appliedAt` is ms since 1970. */
export type Applied = StoredObject & { appliedAt: number }

/** What has to survive a restart. */
export interface SavedRules {
  objects: readonly Applied[]
  mesh: MeshConfig
}

export interface RuleStoreOptions {
  inventory(): Inventory
  mesh?: Partial<MeshConfig>
  /** Keys that issuers publish, as far as they are known. */
  fetchedKeys?(): FetchedKeys
  /** Called before a change is in force; throwing refuses it. */
  save?(saved: SavedRules): void
}

export class RuleStore extends EventEmitter<{ change: [] }> {
  readonly #options: RuleStoreOptions
  #objects: ReadonlyMap<string, Applied> = new Map()
  #created = 0
  #mesh: MeshConfig
  #rules: RuleSet

  constructor(options: RuleStoreOptions) {
    super()
    this.#options = options
    this.#mesh = { ...defaultMeshConfig, ...options.mesh }
    this.#rules = this.#compile([], this.#mesh)
  }

  /** In force for requests that start now. */
  get rules(): RuleSet {
    return this.#rules
  }

  get objects(): Applied[] {
    return [...this.#objects.values()]
  }

  /** Whether exactly this object is applied. */
  has(object: ManifestObject): boolean {
    return isDeepStrictEqual(this.#objects.get(keyOf(object))?.raw, object.raw)
  }

  get mesh(): MeshConfig {
    return this.#mesh
  }

  /** Creates or updates every object of `files`. @throws ManifestError, or what saving throws: then nothing has changed. */
  apply(files: readonly ManifestFile[], { namespace = 'default', dryRun = false } = {}): Outcome {
    const { objects, notices } = read(files, namespace)
    const next = new Map(this.#objects)
    let created = this.#created
    const changes = objects.map((object): Change => {
      const known = next.get(keyOf(object))
      const action = !known ? 'created' : isDeepStrictEqual(known.raw, object.raw) ? 'unchanged' : 'configured'
      if (action !== 'unchanged')
        next.set(keyOf(object), { ...object, created: known?.created ?? ++created, appliedAt: known?.appliedAt ?? Date.now() })
      return { object, action }
    })
    return this.#commit(next, created, changes, notices, dryRun)
  }

  /** Deletes what `files` name; objects that are not there are told as `not found`. */
  deleteFiles(files: readonly ManifestFile[], namespace = 'default'): Outcome {
    const { objects, notices } = read(files, namespace)
    return this.#delete(objects, notices)
  }

  delete(object: Pick<ManifestObject, 'apiVersion' | 'kind' | 'namespace' | 'name'>): Outcome {
    return this.#delete([this.#objects.get(keyOf(object)) ?? (object as ManifestObject)], [])
  }

  #delete(objects: readonly ManifestObject[], notices: readonly Notice[]): Outcome {
    const next = new Map(this.#objects)
    const changes = objects.map((object): Change => ({ object, action: next.delete(keyOf(object)) ? 'deleted' : 'not found' }))
    return this.#commit(next, this.#created, changes, notices, false)
  }

  setMesh(mesh: Partial<MeshConfig>) {
    const next = { ...this.#mesh, ...mesh }
    const rules = this.#compile(this.objects, next)
    this.#options.save?.({ objects: this.objects, mesh: next })
    this.#mesh = next
    this.#rules = rules
    this.emit('change')
  }

  /** Takes over what was saved. @throws ManifestError when an object is no longer valid. */
  restore({ objects, mesh }: SavedRules) {
    this.#mesh = { ...this.#mesh, ...mesh }
    this.#objects = new Map(objects.map((object) => [keyOf(object), object]))
    this.#created = Math.max(0, ...objects.map(({ created }) => created))
    this.recompile()
    this.emit('change')
  }

  /** Pods came or went, or there are other keys. */
  recompile() {
    this.#rules = this.#compile(this.objects, this.#mesh)
  }

  #compile(objects: readonly StoredObject[], mesh: MeshConfig): RuleSet {
    return compile(objects, this.#options.inventory(), mesh, this.#options.fetchedKeys?.())
  }

  #commit(next: ReadonlyMap<string, Applied>, created: number, changes: Change[], notices: readonly Notice[], dryRun: boolean): Outcome {
    const objects = [...next.values()]
    const rules = this.#compile(objects, this.#mesh)
    const outcome = { changes, notices, warnings: rules.warnings }
    const changed = changes.some(({ action }) => action !== 'unchanged' && action !== 'not found')
    if (dryRun || !changed) return outcome
    this.#options.save?.({ objects, mesh: this.#mesh })
    this.#objects = next
    this.#created = created
    this.#rules = rules
    this.emit('change')
    return outcome
  }
}

function read(files: readonly ManifestFile[], namespace: string): { objects: ManifestObject[]; notices: Notice[] } {
  const objects: ManifestObject[] = []
  const notices: Notice[] = []
  for (const { file, text } of files) {
    const parsed = parseManifests(text, file, namespace)
    objects.push(...parsed.objects)
    notices.push(...parsed.notices)
  }
  return { objects, notices }
}
