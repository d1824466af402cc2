/** Whether a match of a VirtualService takes every request that another one takes. It may miss some that do, and is never wrong about one. */
import type { HttpMatch } from '../manifests/kinds/virtual-service.ts'

type Fields = Readonly<Record<string, unknown>>

/** Conditions by name, of which each must hold. */
const maps = new Set(['headers', 'withoutHeaders', 'queryParams', 'sourceLabels'])
const notConditions = new Set(['name', 'uri', 'ignoreUriCase', 'statPrefix'])

export const covers = (wide: HttpMatch, narrow: HttpMatch): boolean => {
  // A match that names gateways does not look at the source.
  if (narrow.gateways?.length && (wide.sourceLabels || wide.sourceNamespace)) return false
  return coversPath(wide, narrow) && Object.entries(wide).every(([key, value]) => holds(key, value, (narrow as Fields)[key]))
}

const holds = (key: string, wanted: unknown, given: unknown): boolean => {
  if (notConditions.has(key) || wanted === undefined) return true
  if (!maps.has(key)) return same(wanted, given)
  return Object.entries(wanted as Fields).every(([name, match]) => same(match, (given as Fields | undefined)?.[name]))
}

const same = (a: unknown, b: unknown): boolean => b !== undefined && JSON.stringify(a) === JSON.stringify(b)

const coversPath = (wide: HttpMatch, narrow: HttpMatch): boolean => {
  const { exact, prefix, regex } = wide.uri ?? {}
  if (exact === undefined && (prefix === undefined || prefix === '/') && (regex === undefined || regex === '*')) return true
  if (narrow.ignoreUriCase && !wide.ignoreUriCase) return false
  const cased = (value: string | undefined) => (wide.ignoreUriCase ? value?.toLowerCase() : value)
  if (exact !== undefined) return cased(exact) === cased(narrow.uri?.exact)
  if (prefix !== undefined) return (cased(narrow.uri?.exact ?? narrow.uri?.prefix) ?? '').startsWith(cased(prefix)!)
  return regex === narrow.uri?.regex
}
