/** `apply` and `delete`. */
import { CliError } from './cli-error.ts'
import { ask, call, refused, type Refusal } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { readManifests } from './manifest-files.ts'
import { pluralOf, readTargets } from './resource-words.ts'

interface Changed {
  resource: string
  plural: string
  apiVersion: string
  kind: string
  namespace: string
  name: string
  action: string
}

interface Outcome {
  changes: Changed[]
  notices: { where: string; message: string }[]
  warnings: { where: string; message: string }[]
}

export async function apply(typed: Typed): Promise<number> {
  if (typed.words.length > 0) throw new CliError(`error: Unexpected args: [${typed.words.join(' ')}]`)
  const dryRun = typed.text('dry-run') ?? ''
  if (!['none', 'server', 'client'].includes(dryRun))
    throw new CliError(`error: Invalid dry-run value (${dryRun}). Must be "none", "server", or "client".`)
  const files = await readManifests(typed.list('filename'), typed.on('recursive'))
  const dry = dryRun !== 'none'
  const outcome = await ask<Outcome>('POST', '/api/apply', { files, dryRun: dry, namespace: typed.namespace })
  for (const { resource, name, action } of outcome.changes) console.log(`${resource}/${name} ${action}${dry ? ` (${dryRun} dry run)` : ''}`)
  remark(outcome)
  if (outcome.changes.length === 0 && outcome.notices.length === 0) throw new CliError('error: no objects passed to apply')
  return 0
}

export async function deleteObjects(typed: Typed): Promise<number> {
  const { namespace } = typed
  const filename = typed.list('filename')
  const ignore = typed.on('ignore-not-found')
  if (filename.length === 0) return deleteByName(typed.words, namespace, ignore)
  const files = await readManifests(filename, typed.on('recursive'))
  const outcome = await ask<Outcome>('POST', '/api/delete', { files, namespace })
  let missing = 0
  for (const change of outcome.changes) {
    if (change.action === 'deleted') console.log(`${change.resource} "${change.name}" deleted`)
    else if (!ignore) {
      missing++
      console.error(`Error from server (NotFound): ${change.plural} "${change.name}" not found`)
    }
  }
  remark(outcome)
  return missing > 0 ? 1 : 0
}

/** `delete virtualservice reviews ratings` or `delete virtualservice/reviews` */
async function deleteByName(words: readonly string[], namespace: string, ignore: boolean): Promise<number> {
  const targets = await readTargets(words)
  if (targets.length === 0) throw new CliError('error: You must provide one or more resources by argument or filename.')
  let missing = 0
  for (const { kinds, name } of targets) {
    if (name === undefined) throw new CliError('error: resource(s) were provided, but no name was specified')
    const path = `/api/objects/${pluralOf(kinds[0]!)}/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`
    const { status, body } = await call<Outcome & Refusal>('DELETE', path)
    if (status === 404) {
      if (ignore) continue
      missing++
      console.error(refused(status, body).message)
    } else if (status >= 300) throw refused(status, body)
    else for (const change of body.changes) console.log(`${change.resource} "${change.name}" deleted`)
  }
  return missing > 0 ? 1 : 0
}

function remark({ notices, warnings }: Outcome) {
  for (const { where, message } of notices) console.error(`Note: ${where}: ${message}`)
  for (const { where, message } of warnings) console.error(`Warning: ${where}: ${message}`)
}
