/** `apply`, and `create -f`. */
import type { KubeObject } from '../control/kube-object.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import { objectFormats } from './common-flags.ts'
import { namespaceIn } from './fetch-objects.ts'
import type { Typed } from './flag-reader.ts'
import { filesOf } from './manifest-files.ts'
import { printerOf } from './print/formats.ts'
import { warn } from './warn.ts'

/** What the mesh did with one object. */
interface Changed {
  resource: string
  plural: string
  /** That it was read from. */
  file: string
  apiVersion: string
  kind: string
  namespace: string
  name: string
  action: string
  raw: KubeObject
}

/** What the mesh answers to a change. */
export interface Outcome {
  changes: Changed[]
  notices: { where: string; message: string }[]
  warnings: { where: string; message: string }[]
}

export async function apply(typed: Typed): Promise<number> {
  if (typed.words.length > 0) throw new CliError(`error: Unexpected args: [${typed.words.join(' ')}]`)
  const files = await filesOf(typed)
  if (typed.on('force-conflicts') && !typed.on('server-side')) throw new CliError('error: --force-conflicts only works with --server-side')
  const outcome = await send(typed, files, { onlyNew: false, labels: typed.text('selector') })
  const served = outcome.changes.map((change) => (typed.on('server-side') ? { ...change, action: 'serverside-applied' } : change))
  await report(typed, { ...outcome, changes: served })
  if (outcome.changes.length === 0 && outcome.notices.length === 0) throw new CliError('error: no objects passed to apply')
  return 0
}

export async function create(typed: Typed): Promise<number> {
  if (typed.words.length > 0) throw new CliError(`error: Unexpected args: [${typed.words.join(' ')}]`)
  const outcome = await createFiles(typed, await filesOf(typed), {
    labels: typed.text('selector'),
    whenThere: ({ file }) => `error when creating ${JSON.stringify(file)}: `,
  })
  if (outcome.changes.length === 0 && outcome.notices.length === 0) throw new CliError('error: no objects passed to create')
  return outcome.changes.some(({ action }) => action === 'already exists') ? 1 : 0
}

interface Creation {
  labels?: string | undefined
  /** What kubectl says of an object that is there, before it says so. */
  whenThere?: (change: Changed) => string
}

/** Creates the objects of files, and reports those that exist already. */
export async function createFiles(
  typed: Typed,
  files: { file: string; text: string }[],
  { labels, whenThere = () => '' }: Creation = {},
): Promise<Outcome> {
  const outcome = await send(typed, files, { onlyNew: true, labels })
  await report(typed, { ...outcome, changes: outcome.changes.filter(({ action }) => action !== 'already exists') })
  for (const change of outcome.changes.filter(({ action }) => action === 'already exists'))
    process.stderr.write(`Error from server (AlreadyExists): ${whenThere(change)}${change.plural} "${change.name}" already exists\n`)
  return outcome
}

interface Sent {
  onlyNew: boolean
  /** Only objects with these labels. */
  labels?: string | undefined
}

function send(typed: Typed, files: { file: string; text: string }[], { onlyNew, labels = '' }: Sent): Promise<Outcome> {
  const dryRun = dryRunOf(typed) !== 'none'
  return ask<Outcome>('POST', '/api/apply', { files, dryRun, ...namespaceIn(typed), onlyNew, labelSelector: labels })
}

/** The value of `--dry-run`. @throws CliError in kubectl's words */
export function dryRunOf(typed: Typed): 'none' | 'client' | 'server' {
  const dryRun = (typed.knows('dry-run') ? typed.text('dry-run') : undefined) ?? 'none'
  if (dryRun === 'none' || dryRun === 'client' || dryRun === 'server') return dryRun
  if (dryRun === 'unchanged' || dryRun === 'true')
    throw new CliError('error: --dry-run without a value is no longer supported; use --dry-run=server or --dry-run=client')
  if (dryRun === 'false') return 'none'
  throw new CliError(`error: Invalid dry-run value (${dryRun}). Must be "none", "server", or "client".`)
}

/** ` (dry run)`, ` (server dry run)` */
export function dryRunWords(typed: Typed): string {
  const dryRun = dryRunOf(typed)
  return dryRun === 'none' ? '' : dryRun === 'client' ? ' (dry run)' : ' (server dry run)'
}

/** Prints what changed: a line for each object, or the objects in the format of `-o`. */
export async function report(typed: Typed, { changes, notices, warnings }: Outcome) {
  const printer = printerOf(typed, objectFormats)
  if (!printer)
    for (const { resource, name, action } of changes) process.stdout.write(`${resource}/${name} ${action}${dryRunWords(typed)}\n`)
  else if (changes.length > 0)
    process.stdout.write(
      await printer(
        changes.map(({ raw }) => raw),
        changes.length === 1,
      ),
    )
  for (const { where, message } of notices) process.stderr.write(`Note: ${where}: ${message}\n`)
  for (const { where, message } of warnings) warn(where, message)
}
