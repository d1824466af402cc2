/** `wait`: until objects have a condition or a value, are there, or are gone. */
import { setTimeout as sleep } from 'node:timers/promises'
import { CliError } from './cli-error.ts'
import type { Typed } from './flag-reader.ts'
import { findObjects, type FoundObject } from './found-objects.ts'
import { fill } from './print/jsonpath.ts'
import { parseRelaxedPath, TemplateError } from './print/jsonpath-parser.ts'

/** Pause between two looks (ms). */
const everyMs = 100
/** kubectl's meaning of a timeout below 0: a week. */
const week = 7 * 24 * 3_600_000

type Goal = { kind: 'create' } | { kind: 'delete' } | { kind: 'met'; holds(object: FoundObject): boolean }

export async function wait(typed: Typed): Promise<number> {
  const goal = readGoal(typed.text('for') ?? '')
  const timeout = typed.duration('timeout')!
  const end = Date.now() + (timeout < 0 ? week : timeout)
  const found = await firstLook(typed, goal, end)
  let failed = 0
  for (const object of found) {
    if (await becomes(typed, goal, object, end)) console.log(`${object.resource}/${object.name} condition met`)
    else {
      failed++
      console.error(`error: timed out waiting for the condition on ${object.plural.split('.', 1)[0]}/${object.name}`)
    }
  }
  return failed > 0 ? 1 : 0
}

/** The objects that are waited for. With `create` they may still have to come, with `delete` they may be gone. */
async function firstLook(typed: Typed, goal: Goal, end: number): Promise<FoundObject[]> {
  for (;;) {
    try {
      const found = await findObjects(typed)
      if (found.length > 0 || goal.kind === 'delete') return found
      if (goal.kind !== 'create') throw new CliError('error: no matching resources found')
    } catch (error) {
      const missing = error instanceof CliError && error.message.includes('(NotFound)')
      if (goal.kind === 'delete' && missing) return []
      if (goal.kind !== 'create' || !missing) throw error
    }
    if (Date.now() >= end) throw new CliError('error: timed out waiting for the condition')
    await sleep(everyMs)
  }
}

async function becomes(typed: Typed, goal: Goal, wanted: FoundObject, end: number): Promise<boolean> {
  if (goal.kind === 'create') return true
  for (;;) {
    const now = (await findObjects(typed).catch(nothing)).find(
      ({ plural, namespace, name }) => plural === wanted.plural && namespace === wanted.namespace && name === wanted.name,
    )
    if (goal.kind === 'delete' ? now === undefined : now !== undefined && goal.holds(now)) return true
    if (now === undefined && goal.kind === 'met')
      throw new CliError(`Error from server (NotFound): ${wanted.plural} "${wanted.name}" not found`)
    if (Date.now() >= end) return false
    await sleep(everyMs)
  }
}

function nothing(error: unknown): FoundObject[] {
  if (error instanceof CliError && error.message.includes('(NotFound)')) return []
  throw error
}

/** `condition=NAME[=VALUE]`, `jsonpath={PATH}[=VALUE]`, `create`, `delete` */
function readGoal(text: string): Goal {
  if (text === 'create') return { kind: 'create' }
  if (text === 'delete') return { kind: 'delete' }
  const [, name, value = 'true'] = /^condition=([^=]+)(?:=(.*))?$/s.exec(text) ?? []
  if (name !== undefined) return { kind: 'met', holds: (object) => conditionIs(object, name, value) }
  if (text.startsWith('jsonpath=')) return readPathGoal(text.slice('jsonpath='.length))
  throw new CliError(`error: unrecognized condition: ${JSON.stringify(text)}`)
}

function conditionIs({ object }: FoundObject, name: string, value: string): boolean {
  const { status = {} } = object as { status?: { conditions?: Condition[]; parents?: { conditions?: Condition[] }[] } }
  const matches = (conditions: readonly Condition[] = []) =>
    conditions.some((each) => each.type.toLowerCase() === name.toLowerCase() && each.status.toLowerCase() === value.toLowerCase())
  // A route has its conditions by parent: all of them have to say so.
  const { parents = [] } = status
  return matches(status.conditions) || (parents.length > 0 && parents.every(({ conditions }) => matches(conditions)))
}

interface Condition {
  type: string
  status: string
}

function readPathGoal(text: string): Goal {
  const close = text.startsWith('{') ? text.lastIndexOf('}') + 1 : text.search(/=|$/)
  const rest = text.slice(close)
  if (rest !== '' && !rest.startsWith('='))
    throw new CliError(
      "error: jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    )
  if (rest === '=')
    throw new CliError("error: jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3")
  const path = pathOf(text.slice(0, close))
  const value = rest === '' ? undefined : rest.slice(1).replace(/^(['"])(.*)\1$/s, '$2')
  return {
    kind: 'met',
    holds({ object }) {
      const found = fill(path, object)
      return value === undefined ? found !== '' : found === value
    },
  }
}

function pathOf(text: string) {
  try {
    return parseRelaxedPath(text)
  } catch (error) {
    throw error instanceof TemplateError ? new CliError(`error: ${error.message}`) : error
  }
}
