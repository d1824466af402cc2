/**
 * Headers of every answer. Written out because one constant object is all it takes: Helmet's defaults would have to be turned off in four places
 * (its `no-referrer` breaks the way back from sign-in, its HSTS and upgrade to https break a demonstration on plain http).
 */
export const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
}
