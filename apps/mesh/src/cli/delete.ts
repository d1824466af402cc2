/** `delete`: by file, by name, by labels, or all. */
import { CliError } from './cli-error.ts'
import { ask, call, refused, type Refusal } from './client.ts'
import { dryRunOf, dryRunWords, type Outcome } from './apply.ts'
import { fetchObjects, namespaceIn, wantedBy, type Found } from './fetch-objects.ts'
import type { Typed } from './flag-reader.ts'
import { filesOf } from './manifest-files.ts'
import { typeOf } from './print/formats.ts'
import { pluralOf } from './resource-words.ts'
import { warn } from './warn.ts'

export async function deleteObjects(typed: Typed): Promise<number> {
  checkFlags(typed)
  return typed.list('filename').length > 0 || typed.has('kustomize') ? deleteFiles(typed) : deleteFound(typed)
}

function checkFlags(typed: Typed) {
  const output = typed.text('output') ?? ''
  if (output !== '' && output !== 'name') throw new CliError(`error: unexpected -o output mode: ${output}. We only support '-o name'`)
  const grace = typed.number('grace-period') ?? -1
  if (typed.on('now') && grace !== -1) throw new CliError('error: --now and --grace-period cannot be specified together')
  if (grace === 0 && !typed.on('force')) throw new CliError('error: --grace-period must be 1 or more, or 0 with --force')
  if (typed.on('force') && grace > 0) throw new CliError('error: --force and --grace-period greater than 0 cannot be specified together')
  if (typed.on('all') && (typed.text('selector') ?? '') !== '')
    throw new CliError('error: cannot set --all and --selector at the same time')
}

/** What files name: their kinds and names are enough. */
async function deleteFiles(typed: Typed): Promise<number> {
  if (typed.words.length > 0)
    throw new CliError('error: when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well')
  const files = await filesOf(typed)
  const { changes, notices, warnings } = await ask<Outcome>('POST', '/api/delete', {
    files,
    ...namespaceIn(typed),
    dryRun: dryRunOf(typed) !== 'none',
  })
  const from = files.length === 1 ? `error when deleting ${JSON.stringify(files[0]!.file)}: ` : ''
  let missing = 0
  for (const { resource, plural, name, action } of changes) {
    if (action === 'deleted') printDeleted(typed, resource, name)
    else if (!typed.on('ignore-not-found')) {
      missing++
      process.stderr.write(`Error from server (NotFound): ${from}${plural} "${name}" not found\n`)
    }
  }
  for (const { where, message } of notices) process.stderr.write(`Note: ${where}: ${message}\n`)
  for (const { where, message } of warnings) warn(where, message)
  return missing > 0 ? 1 : 0
}

async function deleteFound(typed: Typed): Promise<number> {
  const wanted = await wantedBy(typed)
  if (wanted.length === 0) throw new CliError('error: You must provide one or more resources by argument or filename.')
  const labels = typed.text('selector') ?? ''
  const fields = typed.text('field-selector') ?? ''
  const chosen = labels !== '' || fields !== '' || typed.on('all')
  if (!chosen && wanted.some(({ name }) => name === undefined))
    throw new CliError('error: resource(s) were provided, but no name was specified')
  if (typed.on('all') && wanted.some(({ name }) => name !== undefined))
    throw new CliError('error: name cannot be provided when --all is specified')
  const { found, missing } = await fetchObjects(wanted, { labels, fields })
  if (found.length === 0 && missing.length === 0) process.stdout.write('No resources found\n')
  const problems = await Promise.all(found.map((each) => deleteOne(typed, each)))
  const failed = [...problems.filter((problem) => problem !== undefined), ...(typed.on('ignore-not-found') ? [] : missing)]
  for (const line of failed) process.stderr.write(`${line}\n`)
  return failed.length > 0 ? 1 : 0
}

/** What went wrong, in one line. As in kubectl, the deletion is reported before the wait for its end. */
async function deleteOne(typed: Typed, { kind, object }: Found): Promise<string | undefined> {
  const { name, namespace } = object.metadata
  const grace = typed.on('now') ? 1 : typed.on('force') ? 0 : (typed.number('grace-period') ?? -1)
  const query = (more: Record<string, string>) =>
    new URLSearchParams({
      name,
      ...(namespace !== undefined && { namespace }),
      ...(grace >= 0 && { graceSeconds: String(grace) }),
      ...(dryRunOf(typed) !== 'none' && { dryRun: 'true' }),
      ...more,
    })
  const path = `/api/resources/${pluralOf(kind)}`
  const { status, body } = await call<Partial<Refusal>>('DELETE', `${path}?${query({})}`)
  if (status === 404 && typed.on('ignore-not-found')) return undefined
  if (status >= 300) return refused(status, body).message
  if (grace === 0)
    process.stderr.write(
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
    )
  printDeleted(typed, typeOf(object), name, grace === 0)
  if (typed.on('wait') && grace !== 0 && kind.runs && dryRunOf(typed) === 'none')
    await waitUntilGone(path, name, namespace, typed.duration('timeout') ?? 0)
  return undefined
}

function printDeleted(typed: Typed, type: string, name: string, forced = false) {
  if (typed.text('output') === 'name') process.stdout.write(`${type}/${name}\n`)
  else process.stdout.write(`${type} "${name}" ${forced ? 'force deleted' : 'deleted'}${dryRunWords(typed)}\n`)
}

async function waitUntilGone(path: string, name: string, namespace: string | undefined, timeoutMs: number) {
  const query = new URLSearchParams({ name, ...(namespace !== undefined && { namespace }) })
  for (const end = timeoutMs > 0 ? Date.now() + timeoutMs : Infinity; ;) {
    const { items } = await ask<{ items: unknown[] }>('GET', `${path}?${query}`)
    if (items.length === 0) return
    if (Date.now() >= end)
      throw new CliError(`error: timed out waiting for the condition on ${path.slice(path.lastIndexOf('/') + 1)}/${name}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
