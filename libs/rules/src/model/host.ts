const label = '[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?'
const fqdn = new RegExp(`^${label}(?:\\.${label})*\\.?$`)
const wildcard = new RegExp(`^(?:\\*|\\*\\.${label}(?:\\.${label})*)$`)
const address = /^[0-9a-fA-F:.]+$/

/** What is wrong with a host name; `wild` allows a wildcard. */
export const hostProblem = (value: string, wild: boolean): string | undefined => {
  if (value.length > 253) return 'must have at most 253 characters'
  if (fqdn.test(value) || (value.includes(':') && address.test(value)) || (wild && wildcard.test(value))) return undefined
  return `must be a host name${wild ? ', "*" or "*." and a domain' : ' without wildcard'}, is ${JSON.stringify(value.slice(0, 80))}`
}

/** Istio's rule: a name without a dot is short and belongs to the rule's namespace; any other is taken as it is. */
export const fullHost = (host: string, namespace: string): string => {
  const lower = host.toLowerCase().replace(/\.$/, '')
  return lower.includes('.') || lower.startsWith('*') ? lower : `${lower}.${namespace}.svc.cluster.local`
}

/** Whether `pattern` (`*`, `*.example.com` or a name) covers `host`, which may itself be a narrower wildcard. */
export const hostCovers = (pattern: string, host: string): boolean => {
  if (pattern === '*' || pattern === host) return true
  if (!pattern.startsWith('*.')) return false
  const suffix = pattern.slice(1)
  return host.startsWith('*') ? host.slice(1).endsWith(suffix) : host.length > suffix.length && host.endsWith(suffix)
}

/** The narrower of two patterns when one covers the other. */
export const narrower = (a: string, b: string): string | undefined => (hostCovers(a, b) ? b : hostCovers(b, a) ? a : undefined)

/** Lower-case host of an authority, without port. */
export const hostOf = (authority: string): string => {
  if (authority.startsWith('[')) return authority.slice(1, authority.indexOf(']')).toLowerCase()
  const colon = authority.lastIndexOf(':')
  return (colon === -1 ? authority : authority.slice(0, colon)).toLowerCase()
}

/** Port of an authority, when it names one. */
export const portOf = (authority: string): number | undefined => {
  const match = /:(\d{1,5})$/.exec(authority)
  return match ? Number(match[1]) : undefined
}

/** Finds the value of the most specific pattern: the name itself, then the longest wildcard, then `*`. */
export const mostSpecific = <T>(table: ReadonlyMap<string, T>, host: string): T | undefined => {
  const exact = table.get(host)
  if (exact !== undefined) return exact
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    const found = table.get(`*${host.slice(dot)}`)
    if (found !== undefined) return found
  }
  return table.get('*')
}

/** Greater for a more specific pattern: a name goes before wildcards, a longer wildcard before a shorter one. */
export const specificity = (pattern: string): number => (pattern.startsWith('*') ? pattern.length : Infinity)
