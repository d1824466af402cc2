/** How values of an AuthorizationPolicy are compared. */
import { fullMatch } from '../model/string-match.ts'

type Test = (value: string) => boolean

/** Exact, `prefix*`, `*suffix`, or `*` for anything that is there. */
export const valueTest = (pattern: string): Test => {
  if (pattern === '*') return (value) => value !== ''
  if (pattern.startsWith('*')) return (value) => value.endsWith(pattern.slice(1))
  if (pattern.endsWith('*')) return (value) => value.startsWith(pattern.slice(0, -1))
  return (value) => value === pattern
}

/** As `valueTest`, and templates: `{*}` is one segment of a path, `{**}` any number of them. */
export const pathTest = (pattern: string): Test => {
  if (!pattern.includes('{*}') && !pattern.includes('{**}')) return valueTest(pattern)
  const escaped = pattern
    .split(/(\{\*\*?\})/)
    .map((part) => (part === '{*}' ? '[^/]+' : part === '{**}' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
  return fullMatch(escaped.join(''))
}

/** A service account, as `namespace/name` or `name` in any namespace, of a SPIFFE identity. */
export const serviceAccountTest = (pattern: string): Test => {
  const suffix = pattern.includes('/') ? pattern.replace(/^([^/]+)\//, '/ns/$1/sa/') : `/sa/${pattern}`
  return (principal) => principal.endsWith(suffix)
}
