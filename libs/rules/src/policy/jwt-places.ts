import type { RuleRequest } from '../model/decision.ts'
import { headerValues, parameterOf } from '../model/conditions.ts'
import { cookieOf } from '../model/cookie.ts'
import type { JwtRule } from '../manifests/kinds/request-authentication.ts'

/** A token and the header it came in, which is taken off unless the rule forwards it. */
export interface Token {
  value: string
  header?: string
}

/** Every token at the places where a rule looks; `Authorization: Bearer` and `access_token` when it names none. */
export const findTokens = (rule: JwtRule, request: RuleRequest): Token[] => {
  const tokens: Token[] = []
  const named = rule.fromHeaders?.length || rule.fromParams?.length || rule.fromCookies?.length
  const headers = named ? (rule.fromHeaders ?? []) : [{ name: 'authorization', prefix: 'Bearer ' }]
  for (const { name, prefix = '' } of headers) {
    const header = name.toLowerCase()
    const [value] = headerValues(request, header) ?? []
    // Envoy looks for the prefix at the front, and takes what follows up to the first character that no token has.
    if (value?.startsWith(prefix) && value.length > prefix.length) tokens.push({ value: value.slice(prefix.length).trim(), header })
  }
  const mark = request.path.indexOf('?')
  const query = mark === -1 ? '' : request.path.slice(mark + 1)
  for (const name of named ? (rule.fromParams ?? []) : ['access_token']) {
    const value = parameterOf(query, name)
    if (value) tokens.push({ value })
  }
  for (const name of rule.fromCookies ?? []) {
    const value = cookieOf(request, name)
    if (value) tokens.push({ value })
  }
  return tokens
}
