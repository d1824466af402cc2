/** Paths as Istio's default (`pathNormalization: BASE`) sees them, so that a rule cannot be walked around with `/./`. */

/**
 * `\` becomes `/`, dot segments are resolved, `%61` becomes `a` and `<` becomes `%3C`: every path has one spelling. Undefined for what
 * Envoy refuses: a fragment, or a NUL.
 */
export function normalizePath(target: string): string | undefined {
  if (target.includes('#')) return undefined
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  if (!suspicious.test(path)) return target
  if (/%00/.test(path)) return undefined
  const out: string[] = []
  const plain = path.replaceAll('\\', '/').replaceAll(nested, '%25').replaceAll(unreserved, decodeURIComponent)
  const segments = plain.replaceAll(unsafe, encodeURIComponent).slice(1).split('/')
  for (const [i, segment] of segments.entries()) {
    if (segment !== '.' && segment !== '..') out.push(segment)
    else {
      if (segment === '..') out.pop()
      if (i === segments.length - 1) out.push('')
    }
  }
  return `/${out.join('/')}${question < 0 ? '' : target.slice(question)}`
}

/** Escapes of letters, digits and `-._~`, which mean the same without them (RFC 3986, 2.3). */
const unreserved = /%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/gi
/** A percent sign that would begin an escape only once what follows is decoded: `%%361` must not become `%61`. */
const nested = /%(?=(?:[\da-f]|%(?:3\d|[46][1-6])){2})(?![\da-f]{2})/gi
const unsafe = /["<>^`{|}]/g
const suspicious = /[\\"<>^`{|}]|\/\.|%(?:00|2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/i
