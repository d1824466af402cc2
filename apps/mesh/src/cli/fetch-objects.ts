/** Asks the mesh for the objects that words, labels or files mean. */
import type { Notice } from '@bookinfo/rules/manifest'
import type { KubeObject } from '../control/kube-object.ts'
import type { KnownKind } from '../control/kind-list.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { filesOf } from './manifest-files.ts'
import { pluralOf, readTargets, type Target } from './resource-words.ts'

/** An object and its kind. */
export interface Found {
  kind: KnownKind
  object: KubeObject
}

export interface Fetched {
  found: Found[]
  /** One line for each that is not there, in kubectl's words. */
  missing: string[]
  /** Whether one object was named: it is printed by itself, not as a list. */
  single: boolean
  /** Whether all of what was asked for belongs to no namespace. */
  clusterWide: boolean
  /** What is wrong with what was found. */
  warnings: Notice[]
}

/** What a target names: those of its kinds, by name or all. */
export interface Wanted extends Target {
  namespace?: string | undefined
}

/** The targets of words or of `-f`. @throws CliError in kubectl's words */
export async function wantedBy(typed: Typed): Promise<Wanted[]> {
  const everywhere = typed.on('all-namespaces')
  if (typed.list('filename').length > 0 || typed.has('kustomize')) {
    if (typed.words.length > 0)
      throw new CliError(`error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well`)
    const named = await ask<{ resource: string; namespace: string; name: string }[]>('POST', '/api/names', {
      files: await filesOf(typed),
      ...namespaceIn(typed),
    })
    const kinds = await Promise.all(named.map(({ resource }) => readTargets([resource])))
    return named.map(({ namespace, name }, i) => ({ kinds: kinds[i]![0]!.kinds, name, namespace }))
  }
  const targets = await readTargets(typed.words)
  const named = targets.some(({ name }) => name !== undefined)
  if (named && (typed.text('selector') ?? '') !== '') throw new CliError('error: name cannot be provided when a selector is specified')
  if (named && everywhere) throw new CliError('error: a resource cannot be retrieved by name across all namespaces')
  return targets.map((target) => ({ ...target, ...(!everywhere && { namespace: typed.namespace }) }))
}

/** The namespace of manifests: one that was typed has to be theirs, as in kubectl. */
export const namespaceIn = (typed: Typed) => ({ namespace: typed.namespace, sameNamespace: typed.has('namespace') })

/** Everything that is wanted, kind by kind. */
export async function fetchObjects(wanted: readonly Wanted[], { labels = '', fields = '' } = {}): Promise<Fetched> {
  const missing: string[] = []
  const lists = await Promise.all(wanted.map((each) => fetchOne(each, { labels, fields })))
  const found = lists.flatMap(({ found: list }, i) => {
    const { kinds, name } = wanted[i]!
    if (list.length === 0 && name !== undefined)
      missing.push(`Error from server (NotFound): ${pluralOf(kinds[0]!)} ${JSON.stringify(name)} not found`)
    return list
  })
  return {
    found,
    missing,
    single: wanted.length === 1 && wanted[0]!.name !== undefined,
    clusterWide: wanted.every(({ kinds }) => kinds.every((kind) => kind.clusterWide)),
    warnings: lists.flatMap(({ warnings }) => warnings),
  }
}

async function fetchOne(
  { kinds, name, namespace }: Wanted,
  selectors: { labels: string; fields: string },
): Promise<Pick<Fetched, 'found' | 'warnings'>> {
  const query = new URLSearchParams({
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(selectors.labels !== '' && { labelSelector: selectors.labels }),
    ...(selectors.fields !== '' && { fieldSelector: selectors.fields }),
  })
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const { items, warnings } = await ask<{ items: KubeObject[]; warnings: Notice[] }>('GET', `/api/resources/${pluralOf(kind)}?${query}`)
      return { found: items.map((object) => ({ kind, object })), warnings }
    }),
  )
  return { found: lists.flatMap(({ found }) => found), warnings: lists.flatMap(({ warnings }) => warnings) }
}
