import type { PathMatch } from '../model/path-match.ts'
import type { PathChange } from '../model/route.ts'

/** A path with query after a rewrite, given the match that led to it. A match on the whole path has it replaced as a whole. */
export const rewritten = (change: PathChange, match: PathMatch, path: string, query: string): string => {
  const suffix = query === '' ? '' : `?${query}`
  if (change.kind === 'full') return change.value.includes('?') ? change.value : change.value + suffix
  if (change.kind === 'regex') return change.replace(path) + suffix
  const rest = match.kind === 'prefix' || match.kind === 'segments' ? path.slice(match.value.length) : ''
  if (match.kind !== 'segments') return change.value + rest + suffix
  // By segments, the slash belongs to what follows: no double one, and never an empty path.
  const prefix = change.value.replace(/\/$/, '')
  const tail = rest.startsWith('/') || rest === '' ? rest : `/${rest}`
  return (prefix + tail || '/') + suffix
}
