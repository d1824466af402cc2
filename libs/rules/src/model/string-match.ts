import { RE2JS } from 're2js'

/** Longest regular expression that is compiled. */
const longest = 1024

/** The problem of a pattern for RE2, if there is one. RE2 has no lookarounds and backreferences. */
export const regexProblem = (pattern: string): string | undefined => {
  if (pattern.length > longest) return `the regular expression is longer than ${longest} characters`
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch (error) {
    return `not an RE2 regular expression: ${String(error instanceof Error ? error.message : error)}`
  }
}

/** Istio's StringMatch: exact, prefix or regex; none of them means that the value is there at all. */
export interface StringMatch {
  exact?: string
  prefix?: string
  regex?: string
}

/** A test on a string. `presence` is true when any value will do. */
export interface Matcher {
  test: (value: string) => boolean
  presence: boolean
}

/** A full match by RE2. */
export const fullMatch = (pattern: string): ((value: string) => boolean) => {
  const compiled = RE2JS.compile(pattern)
  return (value) => compiled.matches(value)
}

export const matcherOf = (match: StringMatch): Matcher => {
  const { exact, prefix, regex: pattern } = match
  if (exact !== undefined) return { test: (value) => value === exact, presence: false }
  if (prefix !== undefined) return { test: (value) => value.startsWith(prefix), presence: false }
  if (pattern !== undefined && pattern !== '*') return { test: fullMatch(pattern), presence: false }
  return { test: () => true, presence: true }
}
