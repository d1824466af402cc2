import type { RuleRequest } from './decision.ts'
import type { Condition, Context } from './route.ts'
import type { Matcher, StringMatch } from './string-match.ts'
import { matcherOf } from './string-match.ts'

/** Every value of a header; a name such as `constructor` is a header only if it was sent. */
export const headerValues = ({ headers }: RuleRequest, name: string): readonly string[] | undefined =>
  Object.hasOwn(headers, name) ? headers[name] : undefined

/** A header's values joined as Envoy does; pseudo-headers and host from the request line. */
export const headerOf = ({ request, path, query }: Context, name: string): string | undefined => {
  switch (name) {
    case ':authority':
    case 'host':
      return request.authority
    case ':method':
      return request.method
    case ':scheme':
      return request.scheme
    case ':path':
      return query === '' ? path : `${path}?${query}`
    default:
      return headerValues(request, name)?.join(',')
  }
}

const header = (name: string, match: StringMatch, matcher: Matcher): Condition => {
  const path = claimPath(name)
  if (path) return claim(name, path, match, matcher, true)
  const key = name.toLowerCase()
  return {
    clause: { about: 'header', name: key, match },
    test: (context) => {
      const value = headerOf(context, key)
      return value !== undefined && matcher.test(value)
    },
  }
}

// Without a header, anything but presence compares with the empty string.
const withoutHeader = (name: string, match: StringMatch, matcher: Matcher): Condition => {
  const path = claimPath(name)
  if (path) return claim(name, path, match, matcher, false)
  const key = name.toLowerCase()
  return {
    clause: { about: 'header', name: key, match, not: true },
    test: (context) => {
      const value = headerOf(context, key)
      return matcher.presence ? value === undefined : !matcher.test(value ?? '')
    },
  }
}

const claimPrefix = '@request.auth.claims'

/** Path of a claim in Istio's name for it, `@request.auth.claims.group` or `@request.auth.claims[group]`; undefined for other names. */
export const claimPath = (name: string): string[] | undefined => {
  const rest = name.startsWith(claimPrefix) ? name.slice(claimPrefix.length) : ''
  if (/^(?:\[[^[\]]+\])+$/.test(rest)) return rest.slice(1, -1).split('][')
  return /^(?:\.[^.[\]]+)+$/.test(rest) ? rest.slice(1).split('.') : undefined
}

/** On a claim of the request's token; of a list, one entry is enough. */
const claim = (name: string, path: readonly string[], match: StringMatch, matcher: Matcher, wanted: boolean): Condition => ({
  clause: { about: 'claim', name: name.slice(1), match, ...(!wanted && { not: true }) },
  test: ({ request: { claims } }) => [claims?.claim(path) ?? []].flat().some((value) => matcher.test(value)) === wanted,
})

const queryParameter = (name: string, match: StringMatch, matcher: Matcher): Condition => ({
  clause: { about: 'query parameter', name, match },
  test: ({ query }) => {
    const value = parameterOf(query, name)
    return value !== undefined && matcher.test(value)
  },
})

/** First value of a query parameter, as sent. */
export const parameterOf = (query: string, name: string): string | undefined => {
  for (const part of query.split('&')) {
    const equals = part.indexOf('=')
    if ((equals === -1 ? part : part.slice(0, equals)) === name && part !== '') return equals === -1 ? '' : part.slice(equals + 1)
  }
  return undefined
}

const each = (
  matches: Record<string, StringMatch> | undefined,
  make: (name: string, match: StringMatch, matcher: Matcher) => Condition,
): Condition[] => Object.entries(matches ?? {}).map(([name, match]) => make(name, match, matcherOf(match)))

export const headerConditions = (matches: Record<string, StringMatch> | undefined): Condition[] => each(matches, header)
export const withoutHeaderConditions = (matches: Record<string, StringMatch> | undefined): Condition[] => each(matches, withoutHeader)
export const queryConditions = (matches: Record<string, StringMatch> | undefined): Condition[] => each(matches, queryParameter)

/** A condition on a part of the request line. */
export const lineCondition = (
  about: 'method' | 'scheme' | 'authority',
  match: StringMatch,
  value: (context: Context) => string,
): Condition => {
  const matcher = matcherOf(match)
  return { clause: { about, match }, test: (context) => matcher.test(value(context)) }
}

/** Labels that `given` must carry. */
export const hasLabels = (wanted: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>): boolean => {
  for (const name in wanted) if (given[name] !== wanted[name]) return false
  return true
}
