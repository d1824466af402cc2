/** What a kind is called. Apart from the kinds themselves, whose fields take long to load. */

/** The names that kubectl knows a kind by, as its definition declares them. */
export interface KindNames {
  kind: string
  group: string
  versions: readonly string[]
  plural: string
  singular: string
  shortNames: readonly string[]
  /** Words that mean several kinds: `all`, `istio-io`. */
  categories: readonly string[]
  /** Its objects belong to no namespace. */
  clusterWide?: boolean
}

/** Whether a word names a kind: `virtualservices`, `vs`, `VirtualService`, `virtualservices.networking.istio.io`, `virtualservices.v1.networking.istio.io`, a category. */
export const isNamed = (word: string, { group, versions, plural, singular, shortNames, categories }: KindNames): boolean => {
  const [name = '', ...rest] = word.toLowerCase().split('.')
  if (name !== plural && name !== singular) return [...shortNames, ...categories].includes(word.toLowerCase())
  const after = rest.join('.')
  return rest.length === 0 || after === group || versions.some((version) => after === `${version}.${group}`)
}
