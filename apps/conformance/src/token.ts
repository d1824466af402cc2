/** Tokens for the JWT checks, signed with keys that are good for nothing else. */
import { importJWK, SignJWT } from 'jose'
import keys from './token-keys.json' with { type: 'json' }

export interface Token {
  sub: string
  /** Seconds from now; an hour by default. */
  expiresIn?: number
  issuer?: string
  /** The rules trust no token of `stranger`. */
  key?: 'signer' | 'stranger'
  claims?: Record<string, string>
}

/** A JWT, RS256. */
export async function tokenOf({ sub, expiresIn = 3600, issuer = 'https://conformance.example', key = 'signer', claims = {} }: Token) {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'conformance' })
    .setIssuer(issuer)
    .setSubject(sub)
    .setIssuedAt(now - 7200)
    .setExpirationTime(now + expiresIn)
    .sign(await importJWK(keys[key], 'RS256'))
}
