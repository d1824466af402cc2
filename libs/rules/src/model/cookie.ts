import { parseCookie } from 'cookie'
import type { RuleRequest } from './decision.ts'

/** First value of a cookie, as it was sent but for quotes around it. */
export const cookieOf = ({ headers }: RuleRequest, name: string): string | undefined => {
  for (const line of headers.cookie ?? []) {
    const value = parseCookie(line, { decode: (text) => text.replace(/^"(.*)"$/, '$1') })[name]
    if (value !== undefined) return value
  }
  return undefined
}
