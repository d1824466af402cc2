/** The applied objects. A change is all or nothing: read, compiled and saved before any request uses it. */
import type { Inventory } from '@bookinfo/rules/decision'
import { ManifestError, whereIs, type ManifestObject, type Notice, type StoredObject } from '@bookinfo/rules/manifest'
import { reachedElsewhere, unreachable, type Reach } from '@bookinfo/rules/gateway-status'
import type { FetchedKeys } from '@bookinfo/rules/key-set'
import { leftOutNotice, readNames, type NamedObject } from '@bookinfo/rules/read-names'
import { parseManifests } from '@bookinfo/rules/parse-manifests'
import { compile, defaultMeshConfig, type MeshConfig, type RuleSet } from '@bookinfo/rules/ruleset'
import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { isDeepStrictEqual } from 'node:util'
import type { Applied, SavedRules } from './applied.ts'
import { keyOf } from './objects.ts'
import { Statuses } from './statuses.ts'
import { written } from './written.ts'

/** A file of manifests, as the user named it. */
export interface ManifestFile {
  file: string
  text: string
}

export interface Change {
  object: ManifestObject
  action: 'created' | 'configured' | 'unchanged' | 'already exists' | 'deleted' | 'not found'
}

export interface Outcome {
  changes: Change[]
  notices: readonly Notice[]
  /** What the rules that are now in force warn about. */
  warnings: readonly Notice[]
}

export interface RuleStoreOptions {
  inventory(): Inventory
  mesh?: Partial<MeshConfig>
  /** Keys that issuers publish, as far as they are known. */
  fetchedKeys?(): FetchedKeys
  /** Where the gateway is reached, for the statuses of the Gateway API. */
  reach?: Reach
  /** ms since 1970; the clock's unless a test has another one. */
  now?(): number
  /** Called before a change is in force; throwing refuses it. */
  save?(saved: SavedRules): void
}

export interface NamespaceOptions {
  /** Of objects that name none. */
  namespace?: string
  /** Refuse objects of another namespace. */
  sameNamespace?: boolean
}

export interface ApplyOptions extends NamespaceOptions {
  /** Only check. */
  dryRun?: boolean
  onlyNew?: boolean
  chosen?: (object: ManifestObject) => boolean
}

/** Emits `change` when other objects or settings are in force, `news` when statuses or warnings of the same ones are others. */
export class RuleStore extends EventEmitter<{ change: []; news: [] }> {
  readonly #options: RuleStoreOptions
  #objects: ReadonlyMap<string, Applied> = new Map()
  #created = 0
  #mesh: MeshConfig
  #rules: RuleSet
  #statuses = new Statuses()

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

  /** Warnings of the applied rules, and of the ports that they need. */
  get warnings(): readonly Notice[] {
    return this.#warningsOf(this.#rules)
  }

  /** Addresses of listeners without a front door. */
  get reached(): readonly Notice[] {
    return reachedElsewhere(this.#rules.listeners, this.#reach)
  }

  /** What the mesh says of an object of the Gateway API. */
  statusOf(object: Applied): object | undefined {
    return this.#statuses.of(object)
  }

  /** Whether exactly this object is applied. */
  has(object: ManifestObject): boolean {
    return isSame(this.#objects.get(keyOf(object)), object)
  }

  get mesh(): MeshConfig {
    return this.#mesh
  }

  /** Creates or updates every object of `files` that `chosen` takes; with `onlyNew` those that are there stay as they are. @throws ManifestError, or what saving throws: then nothing has changed. */
  apply(files: readonly ManifestFile[], options: ApplyOptions = {}): Outcome {
    const { dryRun = false, onlyNew = false, chosen = () => true } = options
    const { objects, notices } = read(files, options)
    const next = new Map(this.#objects)
    let created = this.#created
    const changes = objects.filter(chosen).map((object): Change => {
      const known = next.get(keyOf(object))
      if (known && onlyNew) return { object, action: 'already exists' }
      const action = !known ? 'created' : isSame(known, object) ? 'unchanged' : 'configured'
      if (action !== 'unchanged') next.set(keyOf(object), stored(object, known, known?.created ?? ++created, this.#now()))
      return { object, action }
    })
    return this.#commit(next, created, changes, notices, dryRun)
  }

  /** Deletes what `files` name; objects that do not exist are reported as `not found`. @throws ManifestError for a file that names none. */
  deleteFiles(files: readonly ManifestFile[], { dryRun = false, ...options }: NamespaceOptions & { dryRun?: boolean } = {}): Outcome {
    const named = namesIn(files, options)
    return this.#delete(
      named.filter(({ leftOut }) => leftOut === undefined),
      named.filter(({ leftOut }) => leftOut !== undefined).map(leftOutNotice),
      dryRun,
    )
  }

  delete(object: Omit<NamedObject, 'source' | 'leftOut'>, { dryRun = false } = {}): Outcome {
    return this.#delete([{ source: { file: '', document: 1 }, ...object }], [], dryRun)
  }

  #delete(objects: readonly NamedObject[], notices: readonly Notice[], dryRun: boolean): Outcome {
    const next = new Map(this.#objects)
    const forbidden = objects.filter(({ kind, name }) => kind === 'Namespace' && name === 'default')
    if (forbidden.length > 0)
      throw new ManifestError(
        forbidden.map(() => ({ where: 'namespaces "default"', message: 'is forbidden: this namespace may not be deleted' })),
      )
    const changes = objects.map((object): Change => {
      const known = next.get(keyOf(object))
      if (!known) return { object: unknown(object), action: 'not found' }
      next.delete(keyOf(object))
      // As in Kubernetes, deleting a namespace deletes its objects.
      if (object.kind === 'Namespace') for (const [key, { namespace }] of next) if (namespace === object.name) next.delete(key)
      return { object: known, action: 'deleted' }
    })
    return this.#commit(next, this.#created, changes, notices, dryRun)
  }

  setMesh(mesh: Partial<MeshConfig>) {
    const next = { ...this.#mesh, ...mesh }
    const rules = this.#compile(this.objects, next)
    this.#options.save?.({ objects: this.objects, mesh: next })
    this.#mesh = next
    this.#install(rules)
    this.emit('change')
  }

  /** Takes over what was saved. @throws ManifestError when an object is no longer valid. */
  restore({ objects, mesh }: SavedRules) {
    this.#mesh = { ...this.#mesh, ...mesh }
    // What an earlier version saved has no uid and no generation.
    this.#objects = new Map(objects.map((object) => [keyOf(object), { ...object, ...identity(object) }]))
    this.#created = Math.max(0, ...objects.map(({ created }) => created))
    this.recompile()
    this.emit('change')
  }

  /** Pods came or went, or there are other keys. */
  recompile() {
    const before = this.warnings
    const other = this.#install(this.#compile(this.objects, this.#mesh))
    if (other || !isDeepStrictEqual(before, this.warnings)) this.emit('news')
  }

  /** Doors of the gateway opened, or cannot be opened. */
  refresh() {
    this.#install(this.#rules)
    this.emit('news')
  }

  /** True when a status is another one than before. */
  #install(rules: RuleSet): boolean {
    this.#rules = rules
    return this.#statuses.update(this.objects, rules, this.#reach, this.#now())
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now()
  }

  get #reach(): Reach {
    return this.#options.reach ?? nowhere
  }

  #warningsOf(rules: RuleSet): Notice[] {
    return [...rules.warnings, ...unreachable(rules.listeners, this.#reach)]
  }

  #compile(objects: readonly StoredObject[], mesh: MeshConfig): RuleSet {
    return compile(objects, this.#options.inventory(), mesh, this.#options.fetchedKeys?.())
  }

  #commit(next: ReadonlyMap<string, Applied>, created: number, changes: Change[], notices: readonly Notice[], dryRun: boolean): Outcome {
    const objects = [...next.values()]
    const rules = this.#compile(objects, this.#mesh)
    const outcome = { changes, notices, warnings: this.#warningsOf(rules) }
    const changed = changes.some(({ action }) => action === 'created' || action === 'configured' || action === 'deleted')
    if (dryRun || !changed) return outcome
    this.#options.save?.({ objects, mesh: this.#mesh })
    this.#objects = next
    this.#created = created
    this.#install(rules)
    this.emit('change')
    return outcome
  }
}

/** Nothing of the gateway is open. */
const nowhere: Reach = { address: { type: 'IPAddress', value: '127.0.0.1' }, at: () => ({}) }

function stored(object: ManifestObject, known: Applied | undefined, created: number, now: number): Applied {
  const { uid, generation } = identity(known ?? {})
  const changed = known && !isDeepStrictEqual(known.spec, object.spec)
  return { ...object, created, appliedAt: known?.appliedAt ?? now, uid, generation: generation + (changed ? 1 : 0) }
}

const identity = ({ uid = randomUUID(), generation = 1 }: Partial<Applied>) => ({ uid, generation })

function read(files: readonly ManifestFile[], options: NamespaceOptions): { objects: ManifestObject[]; notices: Notice[] } {
  const objects: ManifestObject[] = []
  const notices: Notice[] = []
  for (const { file, text } of files) {
    const parsed = parseManifests(text, file, options.namespace)
    objects.push(...parsed.objects)
    notices.push(...parsed.notices)
  }
  checkNamespace(objects, options)
  return { objects, notices }
}

/** The objects that files name. @throws ManifestError */
export function namesIn(files: readonly ManifestFile[], options: NamespaceOptions): NamedObject[] {
  const names = files.flatMap(({ file, text }) => readNames(text, file, options.namespace))
  checkNamespace(names, options)
  return names
}

/** As kubectl does: who names a namespace means objects of that one. @throws ManifestError */
function checkNamespace(objects: readonly NamedObject[], { namespace, sameNamespace = false }: NamespaceOptions) {
  const others = sameNamespace ? objects.filter((object) => object.namespace !== '' && object.namespace !== namespace) : []
  if (others.length === 0) return
  throw new ManifestError(
    others.map((object) => ({
      where: whereIs(object),
      message: `the namespace from the provided object "${object.namespace}" does not match the namespace "${namespace}". You must pass '--namespace=${object.namespace}' to perform this operation.`,
    })),
  )
}

/** An object of which only the name is known. */
function unknown({ source, apiVersion, kind, namespace, name }: NamedObject): ManifestObject {
  const raw = { apiVersion, kind, metadata: { name, namespace } }
  return { source, apiVersion, kind, namespace, name, labels: {}, spec: undefined, raw }
}

/** Whether two objects say the same: what a server writes into them (as in `get -o yaml`) says nothing. */
const isSame = (known: ManifestObject | undefined, object: ManifestObject) =>
  known !== undefined && isDeepStrictEqual(said(known), said(object))

function said({ raw, namespace }: ManifestObject) {
  const { metadata, ...rest } = written(raw)
  return { ...rest, metadata: { ...(metadata as object), namespace } }
}
