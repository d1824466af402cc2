/** Paths as Istio's default (`pathNormalization: BASE`) sees them, so that a rule cannot be walked around with `/./`. */

/** `\` becomes `/` and dot segments are resolved; undefined for what Envoy refuses: a fragment, or a NUL. */
export function normalizePath(target: string): string | undefined {
  if (target.includes('#')) return undefined
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  if (!suspicious.test(path)) return target
  if (/%00/.test(path)) return undefined
  const out: string[] = []
  const segments = path.replaceAll('\\', '/').slice(1).split('/')
  for (const [i, segment] of segments.entries()) {
    const dots = segment.replaceAll(/%2e/gi, '.')
    if (dots !== '.' && dots !== '..') out.push(segment)
    else {
      if (dots === '..') out.pop()
      if (i === segments.length - 1) out.push('')
    }
  }
  return `/${out.join('/')}${question < 0 ? '' : target.slice(question)}`
}

const suspicious = /\\|\/\.|\/%2e|%00/i
