/** `set env`: variables of a workload's processes; its pods restart with them. */
import { text } from 'node:stream/consumers'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import { workloadsMeant } from './deployment-words.ts'
import { dryRunOf, dryRunWords } from './apply.ts'
import type { Typed } from './flag-reader.ts'

const isChange = (word: string) => /^[^/=]*=/s.test(word) || (/^[A-Za-z_][A-Za-z0-9_]*-$/.test(word) && !word.includes('/'))

/** `set env deploy/NAME K=V K- [--list]` */
export async function setEnv(typed: Typed): Promise<number> {
  const given = [...typed.list('env')]
  const changes = typed.words.filter(isChange)
  const resources = typed.words.filter((word) => !isChange(word))
  if (
    resources.length === 0 ||
    (resources.length === 1 &&
      !resources[0]!.includes('/') &&
      !typed.on('all') &&
      typed.text('selector') === undefined &&
      resources[0]!.startsWith('deploy'))
  )
    throw new CliError('error: one or more resources must be specified as <resource> <name> or <resource>/<name>')
  for (const word of given) changes.push(...(word === '-' ? linesOf(await text(process.stdin)) : [word]))
  const list = typed.on('list')
  const variables = readChanges(changes)
  const workloads = await workloadsMeant(resources, typed, 'set env')
  if (changes.length === 0 && !list) throw new CliError('error: at least one environment variable must be provided')
  const container = typed.text('containers') ?? '*'
  const dryRun = dryRunOf(typed) !== 'none'
  for (const { name, app } of workloads) {
    if (container !== '*' && container !== app) {
      console.error(`warning: deployments/${name} does not have any containers matching "${container}"`)
      continue
    }
    const path = `/api/workloads/${encodeURIComponent(name)}/variables`
    const { variables: now } = await ask<{ variables: Record<string, string> }>('GET', path)
    if (typed.has('overwrite') && !typed.on('overwrite')) refuseOverwrite(name, now, variables)
    if (list) {
      console.log(`# deployments/${name}, container ${app}`)
      for (const [key, value] of Object.entries({ ...now, ...variables })) if (value !== null) console.log(`${key}=${value}`)
      continue
    }
    await ask('PATCH', path, { ...split(variables), dryRun })
    console.log(`deployment.apps/${name} env updated${dryRunWords(typed)}`)
  }
  return 0
}

function readChanges(words: readonly string[]): Record<string, string | null> {
  const changes = new Map<string, string | null>()
  for (const word of words) {
    const equals = word.indexOf('=')
    const removes = equals === -1 && word.endsWith('-')
    if (equals <= 0 && !removes) throw new CliError(`error: ${JSON.stringify(word)}: expected NAME=VALUE, or NAME- to take a variable away`)
    const name = removes ? word.slice(0, -1) : word.slice(0, equals)
    if (removes && changes.has(name))
      throw new CliError('error: can not both modify and remove an environment variable in the same command')
    changes.set(name, removes ? null : word.slice(equals + 1))
  }
  return Object.fromEntries(changes)
}

/** Those that get a value, and those that go. */
function split(changes: Readonly<Record<string, string | null>>) {
  const entries = Object.entries(changes)
  return {
    set: Object.fromEntries(entries.filter(([, value]) => value !== null)),
    remove: entries.filter(([, value]) => value === null).map(([name]) => name),
  }
}

function refuseOverwrite(workload: string, now: Readonly<Record<string, string>>, changes: Readonly<Record<string, string | null>>) {
  const taken = Object.entries(changes).find(([key, value]) => value !== null && Object.hasOwn(now, key))
  if (taken)
    throw new CliError(`error: deployments/${workload}: '${taken[0]}' already has a value (${now[taken[0]]}), and --overwrite is false`)
}

const linesOf = (input: string) =>
  input
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
