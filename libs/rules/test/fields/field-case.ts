/** How a field shows that it does something: a small case, and what is seen of it with the field, and without. */
import { ManifestError } from '../../src/model/manifest.ts'
import type { RuleSet } from '../../src/compile/ruleset.ts'
import { rulesFor } from '../support.ts'

export type Fields = Record<string, unknown>

export interface FieldCase {
  /** The fields of the object that the case is about. */
  spec: Fields
  metadata?: Fields
  /** Other objects, and what else is there. */
  others?: Fields[]
  world?: Parameters<typeof rulesFor>[0]
  /** What of the rules is looked at. */
  see: (set: RuleSet) => unknown
  /** What is seen of all this. */
  is: unknown
  /** What is seen when the field is taken out; of objects only what is different. Of a list the last item goes, of a map the last key. */
  removed?: Record<string, unknown>
  /** What is seen with another value, for fields that cannot be taken out. */
  changed?: Record<string, [value: unknown, seen: unknown]>
  /** The rest of the object leaves no choice: without it, and with any other value, the object is refused or the same is seen. */
  implied?: string[]
  /** Accepted without effect: the same is seen without it. */
  ignored?: string[]
}

/** The places of a path such as `http[].match[].headers.*.exact`. Of an item or key at the end, the last one. */
const places = (value: unknown, steps: readonly string[]): { holder: Fields | unknown[]; key: string | number }[] => {
  if (typeof value !== 'object' || value === null) return []
  const [step, ...rest] = steps
  const keys = step === '[]' || step === '*' ? Object.keys(value) : Object.hasOwn(value, step!) ? [step!] : []
  if (rest.length > 0) return keys.flatMap((key) => places((value as Fields)[key], rest))
  return keys.slice(-1).map((key) => ({ holder: value as Fields, key }))
}
// Parts that stand in several places of a case are made separate ones.
const clone = (spec: Fields): Fields => JSON.parse(JSON.stringify(spec)) as Fields
const stepsOf = (path: string): string[] => path.replaceAll('[]', '.[]').split('.')

const withoutField = (spec: Fields, path: string): Fields => {
  const copy = clone(spec)
  for (const { holder, key } of places(copy, stepsOf(path))) {
    if (Array.isArray(holder)) holder.pop()
    else delete holder[key]
  }
  return copy
}

/** A map given for the keys of a map stands for all of them. */
const withValue = (spec: Fields, path: string, value: unknown): Fields => {
  const copy = clone(spec)
  const steps = stepsOf(path)
  const whole = steps.at(-1) === '*' && typeof value === 'object' && value !== null
  for (const { holder, key } of places(copy, whole ? steps.slice(0, -1) : steps)) (holder as Fields)[key] = value
  return copy
}

export interface Subject {
  apiVersion: string
  kind: string
  flat: boolean
}

const refusal = 'refused: '
export const isRefusal = (found: unknown): found is string => typeof found === 'string' && found.startsWith(refusal)

/** The object of a case, with these fields. */
export const manifestOf = (spec: Fields, { metadata }: FieldCase, { apiVersion, kind, flat }: Subject): Fields => ({
  apiVersion,
  kind,
  metadata: { name: 'subject', ...metadata },
  ...(flat ? spec : { spec }),
})

/** What is wrong with a case: nothing, when every field of it does what the case says. */
export const problemsOf = async (each: FieldCase, subject: Subject, typeOf: (path: string) => string): Promise<string[]> => {
  const problems: string[] = []
  const seen = async (spec: Fields): Promise<unknown> => {
    let set: RuleSet
    try {
      set = rulesFor(each.world ?? {}, manifestOf(spec, each, subject), ...(each.others ?? []))
    } catch (error) {
      if (error instanceof ManifestError) return `${refusal}${error.message}`
      throw error
    }
    for (const { where, message } of set.warnings)
      if (/undefined|\[object|\bNaN\b/.test(where + message)) problems.push(`a warning with a hole: ${where}: ${message}`)
    return each.see(set)
  }
  const must = (path: string, wanted: unknown, found: unknown): void => {
    if (text(found) !== text(wanted)) problems.push(`${path}: expected ${text(wanted)}, saw ${text(found)}`)
  }
  const differs = async (path: string, spec: Fields, part: unknown): Promise<void> => {
    if (text(spec) === text(each.spec)) return void problems.push(`${path}: is not in the case`)
    const wanted = isObject(each.is) && isObject(part) ? { ...each.is, ...part } : part
    if (text(wanted) === text(each.is)) problems.push(`${path}: the case expects no difference`)
    const found = await seen(spec)
    if (isRefusal(found)) problems.push(`${path}: ${found}: a refusal does not show an effect`)
    else must(path, wanted, found)
  }
  must([...pathsOf(each)].join(', '), each.is, await seen(each.spec))
  if (problems.length > 0) return problems
  for (const [path, part] of Object.entries(each.removed ?? {})) await differs(path, withoutField(each.spec, path), part)
  for (const [path, [value, part]] of Object.entries(each.changed ?? {})) await differs(path, withValue(each.spec, path, value), part)
  for (const path of each.ignored ?? []) {
    const without = await seen(withoutField(each.spec, path))
    if (!places(each.spec, stepsOf(path)).length) problems.push(`${path}: is not in the case`)
    // What has to be there has another value instead.
    must(path, each.is, isRefusal(without) ? await seen(withValue(each.spec, path, 'other')) : without)
  }
  for (const path of each.implied ?? []) {
    const others = typeOf(path)
      .split(' | ')
      .map((value) => withValue(each.spec, path, value === '""' ? '' : value))
    for (const spec of [withoutField(each.spec, path), ...others]) {
      const found = await seen(spec)
      if (!isRefusal(found)) must(path, each.is, found)
    }
  }
  return problems
}

/** The fields that a case is about. */
export const pathsOf = ({ removed, changed, implied = [], ignored = [] }: FieldCase): Set<string> =>
  new Set([...Object.keys(removed ?? {}), ...Object.keys(changed ?? {}), ...implied, ...ignored])

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const text = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1))) : each,
  ) ?? 'nothing'
