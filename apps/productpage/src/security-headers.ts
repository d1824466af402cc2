/**
 * Headers of every answer. Written out because one object is all it takes: Helmet's defaults would have to be turned off in four places
 * (its `no-referrer` breaks the way back from sign-in, its HSTS and upgrade to https break a demonstration on plain http).
 * `frameAncestors` are origins that may show the page in a frame: none by default; the local mesh allows its console.
 */
export const securityHeaders = (frameAncestors?: string) => ({
  'content-security-policy': `default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'${frameAncestors ? ` ${frameAncestors}` : ''}`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  // The older header knows no list of origins, and would refuse those that the newer one allows.
  ...(!frameAncestors && { 'x-frame-options': 'SAMEORIGIN' }),
})
