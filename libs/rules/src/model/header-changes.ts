import type { HeaderChanges, HeaderMap } from './decision.ts'

/** Header operations of a rule: what Envoy does to the headers, and the authority it sets, if any. */
export interface HeaderOperations extends HeaderChanges {
  authority?: string
}

interface Operations {
  set?: Record<string, string>
  add?: Record<string, string>
  remove?: readonly string[]
}

export const noChanges: HeaderChanges = { remove: [], set: [], add: [] }

/** A copy of `headers` after the changes, in Envoy's order: remove, set, add. */
export const changed = (headers: HeaderMap, { remove, set, add }: HeaderChanges): Record<string, readonly string[]> => {
  // Without a prototype: a client may send a header named `constructor`.
  const made: Record<string, readonly string[]> = Object.assign(Object.create(null), headers)
  for (const name of remove) delete made[name.toLowerCase()]
  for (const [name, text] of set) made[name.toLowerCase()] = [text]
  for (const [name, text] of add) made[name.toLowerCase()] = [...(made[name.toLowerCase()] ?? []), text]
  return made
}

const isAuthority = (name: string): boolean => name === ':authority' || name === 'host'
const changeable = (name: string): boolean => !name.startsWith(':') && name !== 'host'
const value = (text: string): string => text.replaceAll('%%', '%')
const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : a > b ? 1 : 0)
const lower = (headers: Record<string, string> = {}): (readonly [string, string])[] =>
  Object.entries(headers).map(([name, text]) => [name.toLowerCase(), value(text)] as const)

/** Istio's operations: names sorted, pseudo-headers untouched, except for the authority, where `set` goes before `add`. */
export const headerOperations = (given: Operations | undefined): HeaderOperations => {
  if (!given) return noChanges
  const [set, add] = [lower(given.set), lower(given.add)]
  const authority = (set.find(([name]) => isAuthority(name)) ?? add.find(([name]) => isAuthority(name)))?.[1]
  return {
    remove: (given.remove ?? []).map((name) => name.toLowerCase()).filter(changeable),
    set: set.filter(([name]) => changeable(name)).toSorted(byName),
    add: add.filter(([name]) => changeable(name)).toSorted(byName),
    ...(authority !== undefined && { authority }),
  }
}

/** One list of changes that has the effect of `first`, and then `second`. */
export const inOrder = (first: HeaderChanges, second: HeaderChanges): HeaderChanges => {
  if (first === noChanges) return second
  if (second === noChanges) return first
  const removed = new Set(second.remove)
  const overwritten = new Set([...second.remove, ...second.set.map(([name]) => name)])
  return {
    remove: [...first.remove, ...removed],
    set: [...first.set.filter(([name]) => !overwritten.has(name)), ...second.set],
    add: [...first.add.filter(([name]) => !overwritten.has(name)), ...second.add],
  }
}

/** As `inOrder`, with every removal before everything else: how Istio joins a route's operations with its only destination's. */
export const removalsFirst = (first: HeaderChanges, second: HeaderChanges): HeaderChanges => {
  const joined = inOrder(first, { ...second, remove: [] })
  return { ...joined, remove: [...first.remove, ...second.remove] }
}
