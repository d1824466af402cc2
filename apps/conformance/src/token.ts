/** Tokens for the JWT checks, signed with keys that are good for nothing else. */
import { createPrivateKey, sign } from 'node:crypto'
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
export function tokenOf({ sub, expiresIn = 3600, issuer = 'https://conformance.example', key = 'signer', claims = {} }: Token): string {
  const now = Math.floor(Date.now() / 1000)
  const payload = { iss: issuer, sub, iat: now - 7200, exp: now + expiresIn, ...claims }
  const signed = [{ alg: 'RS256', typ: 'JWT', kid: 'conformance' }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  const signature = sign('sha256', Buffer.from(signed), createPrivateKey({ key: keys[key], format: 'jwk' }))
  return `${signed}.${signature.toString('base64url')}`
}
