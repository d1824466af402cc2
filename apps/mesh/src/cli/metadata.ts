/** `annotate` and `label`: a change of objects' metadata. */
import { dryRunOf, report, type Outcome } from './apply.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { findObjects, type FoundObject } from './found-objects.ts'
import type { Status } from './pod-words.ts'

type Field = 'labels' | 'annotations'

interface Change {
  set: Readonly<Record<string, string>>
  remove: readonly string[]
}

const verbs = { labels: { one: 'label', done: 'labeled' }, annotations: { one: 'annotation', done: 'annotated' } } as const

export const annotate = (typed: Typed): Promise<number> => changeMetadata(typed, 'annotations')

export async function label(typed: Typed): Promise<number> {
  const { workloads } = await ask<Status>('GET', '/api/status')
  const [type = '', ...names] = typed.words
  // A workload's name means all its pods.
  const words = /^po(ds?)?$/.test(type)
    ? [type, ...names.flatMap((name) => workloads.find((each) => each.name === name)?.pods.map((pod) => pod.name) ?? [name])]
    : typed.words
  return changeMetadata(typed.withWords(words), 'labels')
}

/** Whether a word is a change and not a name: `KEY=VALUE`, `KEY-`. */
const isChange = (word: string) => /^[^=]+=/.test(word) || (word.length > 1 && word.endsWith('-'))

async function changeMetadata(typed: Typed, field: Field): Promise<number> {
  const change = readChange(typed.words.filter(isChange), verbs[field].one)
  const list = typed.on('list')
  if (typed.words.length === 0 && typed.list('filename').length === 0 && !typed.has('kustomize'))
    throw new CliError('error: one or more resources must be specified as <resource> <name> or <resource>/<name>')
  if (Object.keys(change.set).length === 0 && change.remove.length === 0 && !list)
    throw new CliError(`error: at least one ${verbs[field].one} update is required`)
  const dryRun = dryRunOf(typed) !== 'none'
  for (const object of await findObjects(typed.withWords(typed.words.filter((word) => !isChange(word))))) {
    const now = object.object.metadata[field] ?? {}
    if (list) for (const [key, value] of sorted(now)) console.log(`${key}=${value}`)
    if (Object.keys(change.set).length === 0 && change.remove.length === 0) continue
    if (!typed.on('overwrite')) refuseOverwrite(now, change, field)
    if (field === 'labels')
      for (const key of change.remove) if (!Object.hasOwn(now, key)) console.log(`label ${JSON.stringify(key)} not found.`)
    const outcome =
      object.kind === 'Pod' && field === 'labels'
        ? await labelPod(object, change, typed, dryRun)
        : await patchObject(object, field, change, dryRun)
    await report(typed, { ...outcome, changes: outcome.changes.map((each) => ({ ...each, action: actionOf(field, change, now) })) })
  }
  return 0
}

function readChange(words: readonly string[], one: string): Change {
  const set = new Map<string, string>()
  const remove = words.filter((word) => !word.includes('=')).map((word) => word.slice(0, -1))
  for (const word of words) {
    const equals = word.indexOf('=')
    if (equals > 0) set.set(word.slice(0, equals), word.slice(equals + 1))
  }
  const both = remove.find((key) => set.has(key))
  if (both !== undefined)
    throw new CliError(
      one === 'label'
        ? 'error: can not both modify and remove a label in the same command'
        : `error: can not both modify and remove the following annotation(s) in the same command: ${both}`,
    )
  return { set: Object.fromEntries(set), remove }
}

const sorted = (values: Readonly<Record<string, string>>) => Object.entries(values).toSorted(([a], [b]) => (a < b ? -1 : 1))

function refuseOverwrite(now: Readonly<Record<string, string>>, { set }: Change, field: Field) {
  const taken = Object.entries(set).filter(([key, value]) => (now[key] ?? value) !== value)
  if (taken.length === 0) return
  if (field === 'labels')
    throw new CliError(taken.map(([key]) => `error: '${key}' already has a value (${now[key]}), and --overwrite is false`).join('\n'))
  const found = taken.map(([key]) => `'${key}' already has a value (${now[key]})`).join('; ')
  throw new CliError(`error: --overwrite is false but found the following declared annotation(s): ${found}`)
}

/** `labeled`, `unlabeled`, `not labeled`; `annotated` whatever came of it. */
function actionOf(field: Field, { set, remove }: Change, now: Readonly<Record<string, string>>): string {
  if (field === 'annotations') return 'annotated'
  const changes = Object.entries(set).some(([key, value]) => now[key] !== value)
  const removes = remove.some((key) => Object.hasOwn(now, key))
  return changes ? 'labeled' : removes ? 'unlabeled' : 'not labeled'
}

async function patchObject(
  { plural, resource, namespace, name, runs }: FoundObject,
  field: Field,
  { set, remove }: Change,
  dryRun: boolean,
) {
  if (runs)
    throw new CliError(
      `error: the ${field} of ${resource}/${name} are the mesh's own: those of rules change, and labels of pods: bookinfo label pod NAME`,
    )
  const path = `/api/objects/${plural}/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`
  const patch = { metadata: { [field]: { ...set, ...Object.fromEntries(remove.map((key) => [key, null])) } } }
  return ask<Outcome>('PATCH', path, { type: 'merge', patch, dryRun })
}

/** Pods are labelled where they run. */
async function labelPod(
  { apiVersion, kind, plural, resource, namespace, name, object }: FoundObject,
  { set, remove }: Change,
  typed: Typed,
  dryRun: boolean,
): Promise<Outcome> {
  const overwrite = typed.on('overwrite')
  if (!dryRun) await ask('PATCH', `/api/pods/${encodeURIComponent(name)}/labels`, { set, remove, overwrite })
  return {
    changes: [{ apiVersion, kind, plural, file: '', resource, namespace, name, action: '', raw: object }],
    notices: [],
    warnings: [],
  }
}
