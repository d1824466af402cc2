/** RequestAuthentication: which tokens a workload takes, and what they say. Keys are in the rule, or fetched by the caller of this library. */
import { createLocalJWKSet, errors, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose'
import type { Claims, RuleRequest, Workload } from '../model/decision.ts'
import type { JwtRule, RequestAuthenticationObject } from '../manifests/kinds/request-authentication.ts'
import { duration } from '../model/duration.ts'
import type { FetchedKeys } from '../model/key-set.ts'
import type { Notice } from '../model/manifest.ts'
import { whereIs } from '../model/manifest.ts'
import { findTokens, type Token } from './jwt-places.ts'
import { selects } from './selector.ts'

/** A rule with its keys ready. */
interface Ready {
  rule: JwtRule
  where: string
  keys: ReturnType<typeof createLocalJWKSet>
}

/** A token that was good, or why it was not. */
export type Outcome =
  | { ok: true; where: string; rule: JwtRule; token: Token; claims: Claims; payload: JWTPayload; encodedPayload: string }
  | { ok: false; where: string; status: number; body: string }

/** Istio's limit on a fetch of keys. */
const defaultTimeoutMs = 5_000
const noKeys = '{"keys":[]}'

// Envoy's tolerance for clocks that differ.
const clockSkewSeconds = 60

export class RequestAuthentications {
  readonly #policies: readonly { object: RequestAuthenticationObject; rules: readonly Ready[] }[]
  readonly #rootNamespace: string
  /** Addresses that keys are to be fetched from, by each how long that may take (ms). */
  readonly keyUris = new Map<string, number>()
  readonly warnings: Notice[] = []

  constructor(objects: readonly RequestAuthenticationObject[], rootNamespace: string, fetched: FetchedKeys) {
    this.#rootNamespace = rootNamespace
    for (const object of objects)
      for (const [index, { jwksUri, timeout }] of (object.spec.jwtRules ?? []).entries()) {
        if (jwksUri === undefined) continue
        this.keyUris.set(jwksUri, timeout === undefined ? defaultTimeoutMs : duration(timeout))
        if (fetched.has(jwksUri)) continue
        const where = `${whereIs(object)} spec.jwtRules[${index}].jwksUri`
        this.warnings.push({ where, message: `there are no keys from ${jwksUri} so far: tokens are refused` })
      }
    this.#policies = objects.map((object) => ({
      object,
      rules: (object.spec.jwtRules ?? []).map((rule, index) => ({
        rule,
        where: `${whereIs(object)} spec.jwtRules[${index}]`,
        keys: createLocalJWKSet(JSON.parse(rule.jwks ?? fetched.get(rule.jwksUri ?? '') ?? noKeys) as JSONWebKeySet),
      })),
    }))
  }

  /** Undefined when the request has no token that a rule of the workload looks for: that is allowed. */
  verify(request: RuleRequest, workload: Workload, now: number): Promise<Outcome> | undefined {
    if (this.#policies.length === 0) return undefined
    const rules = this.#policies.flatMap(({ object, rules: each }) => (selects(object, workload, this.#rootNamespace) ? each : []))
    const found = rules.flatMap((ready) => findTokens(ready.rule, request).map((token) => ({ ready, token })))
    return found.length === 0 ? undefined : firstGood(found, now)
  }
}

const firstGood = async (found: readonly { ready: Ready; token: Token }[], now: number): Promise<Outcome> => {
  let failure: Outcome | undefined
  for (const { ready, token } of found) {
    const outcome = await verifyOne(ready, token, now)
    if (outcome.ok) return outcome
    // With several rules, the one for the token's issuer has the best message.
    if (!failure || (!failure.ok && failure.body === messages.issuer)) failure = outcome
  }
  return failure!
}

const messages = {
  form: 'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections',
  issuer: 'Jwt issuer is not configured',
  audience: 'Audiences in Jwt are not allowed',
  expired: 'Jwt is expired',
  early: 'Jwt not yet valid',
  key: "Jwks doesn't have key to match kid or alg from Jwt",
  signature: 'Jwt verification fails',
}

const verifyOne = async ({ rule, where, keys }: Ready, token: Token, now: number): Promise<Outcome> => {
  const refuse = (body: string, status = 401): Outcome => ({ ok: false, where, status, body })
  const sections = token.value.split('.')
  if (sections.length !== 3) return refuse(messages.form)
  try {
    const { payload } = await jwtVerify(token.value, keys, {
      issuer: rule.issuer,
      clockTolerance: clockSkewSeconds,
      currentDate: new Date(now),
    })
    const audiences = new Set([payload.aud ?? []].flat())
    if (rule.audiences?.length && !rule.audiences.some((each) => audiences.has(each))) return refuse(messages.audience, 403)
    return { ok: true, where, rule, token, claims: claimsOf(payload), payload, encodedPayload: sections[1]! }
  } catch (error) {
    if (error instanceof errors.JWTExpired) return refuse(messages.expired)
    if (error instanceof errors.JWTClaimValidationFailed)
      return refuse(error.claim === 'iss' ? messages.issuer : error.claim === 'nbf' ? messages.early : messages.signature)
    if (error instanceof errors.JWKSNoMatchingKey) return refuse(messages.key)
    if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return refuse(messages.form)
    return refuse(messages.signature)
  }
}

const claimsOf = (payload: JWTPayload): Claims => ({
  principal: `${payload.iss ?? ''}/${payload.sub ?? ''}`,
  claim: (path) => {
    let value: unknown = payload
    for (const name of path)
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
    if (typeof value === 'string') return path.length === 1 && (path[0] === 'scope' || path[0] === 'permission') ? value.split(' ') : value
    return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : undefined
  },
})
