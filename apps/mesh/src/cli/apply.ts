/** `apply` and `delete`. */
import { parseArgs } from 'node:util'
import { pluralResourceOf } from '../rules/objects.ts'
import { CliError } from './cli-error.ts'
import { ask, call, refused, type Refusal } from './client.ts'
import { readManifests } from './manifest-files.ts'

interface Changed {
  resource: string
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

const options = {
  filename: { type: 'string', short: 'f', multiple: true },
  namespace: { type: 'string', short: 'n' },
  recursive: { type: 'boolean', short: 'R' },
} as const

export async function apply(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { ...options, 'dry-run': { type: 'string' } }, allowPositionals: true })
  if (positionals.length > 0) throw new CliError(`error: Unexpected args: [${positionals.join(' ')}]`)
  const { filename = [], namespace, recursive = false, 'dry-run': dryRun = 'none' } = values
  if (!['none', 'server', 'client'].includes(dryRun))
    throw new CliError(`error: Invalid dry-run value (${dryRun}). Must be "none", "server", or "client".`)
  const files = await readManifests(filename, recursive)
  const dry = dryRun !== 'none'
  const outcome = await ask<Outcome>('POST', '/api/apply', { files, dryRun: dry, ...(namespace !== undefined && { namespace }) })
  for (const { resource, name, action } of outcome.changes) console.log(`${resource}/${name} ${action}${dry ? ` (${dryRun} dry run)` : ''}`)
  remark(outcome)
  if (outcome.changes.length === 0 && outcome.notices.length === 0) throw new CliError('error: no objects passed to apply')
  return 0
}

export async function deleteObjects(args: string[]): Promise<number> {
  const flag = { 'ignore-not-found': { type: 'boolean' } } as const
  const { values, positionals } = parseArgs({ args, options: { ...options, ...flag }, allowPositionals: true })
  const { filename = [], namespace, recursive = false, 'ignore-not-found': ignore = false } = values
  if (filename.length === 0) return deleteByName(positionals, namespace ?? 'default', ignore)
  const files = await readManifests(filename, recursive)
  const outcome = await ask<Outcome>('POST', '/api/delete', { files, ...(namespace !== undefined && { namespace }) })
  let missing = 0
  for (const change of outcome.changes) {
    if (change.action === 'deleted') console.log(`${change.resource} "${change.name}" deleted`)
    else if (!ignore) {
      missing++
      console.error(`Error from server (NotFound): ${pluralResourceOf(change)} "${change.name}" not found`)
    }
  }
  remark(outcome)
  return missing > 0 ? 1 : 0
}

/** `delete virtualservice reviews ratings` or `delete virtualservice/reviews` */
async function deleteByName(words: string[], namespace: string, ignore: boolean): Promise<number> {
  const targets = words[0]?.includes('/') ? words.map((word) => word.split('/', 2)) : words.slice(1).map((name) => [words[0], name])
  if (targets.length === 0) throw new CliError('error: You must provide one or more resources by argument or filename.')
  let missing = 0
  for (const [resource = '', name = ''] of targets) {
    const path = `/api/objects/${encodeURIComponent(resource)}/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`
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
