/** Which workloads `deployment NAME…`, `deploy/NAME…`, `deploy -l LABELS`, `deploy --all` and a workload's name mean. */
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { selects, type Status, type WorkloadStatus } from './pod-words.ts'
import { pluralOf, readTargets } from './resource-words.ts'

/** @throws CliError in kubectl's words for a missing object, or one that is not a deployment */
export async function workloadsMeant(words: readonly string[], typed: Typed, verb: string): Promise<WorkloadStatus[]> {
  const chosen = selects(typed.text('selector'))
  const [first] = words
  if (first === undefined) throw new CliError('error: required resource not specified')
  const { workloads } = await ask<Status>('GET', '/api/status')
  const here = typed.namespace === 'default' ? workloads : []
  // A plain name means the workload itself.
  const bare = !first.includes('/') && workloads.some(({ name }) => name === first)
  const targets = bare ? words.map((name) => ({ plural: 'deployments.apps', name })) : await named(words)
  const found: WorkloadStatus[] = []
  for (const { plural, name } of targets) {
    if (plural !== 'deployments.apps')
      throw new CliError(`error: ${plural} "${name ?? ''}" ${verb} is not supported: only deployments, the workloads of Bookinfo, are`)
    const some = here.filter((each) => (name === undefined || each.name === name) && chosen({ app: each.app, version: each.version }))
    if (some.length === 0 && name !== undefined) throw new CliError(`Error from server (NotFound): ${plural} "${name}" not found`)
    found.push(...some)
  }
  return found
}

const named = async (words: readonly string[]) =>
  (await readTargets(words)).map(({ kinds, name }) => ({ plural: pluralOf(kinds[0]!), name }))
