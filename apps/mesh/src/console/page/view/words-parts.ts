/** Pieces of sentences that several kinds share. */

export const and = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/** In the same words as `bookinfo explain`. */
export function stringWords({
  exact,
  prefix,
  regex,
}: {
  exact?: string | undefined
  prefix?: string | undefined
  regex?: string | undefined
}): string {
  if (exact !== undefined) return `is exactly "${exact}"`
  if (prefix !== undefined) return `starts with "${prefix}"`
  return regex === undefined || regex === '*' ? 'is present' : `matches ${regex}`
}

/** `reviews v1 (90 %) and reviews v2 (10 %)`: weights of any sum as shares; a single destination gets all. */
export function inShares(destinations: readonly (readonly [name: string, weight: number | undefined])[], unset = 0): string {
  const [only] = destinations
  if (destinations.length === 1 && only) return only[1] === 0 ? 'nowhere (weight 0)' : only[0]
  const weights = destinations.map(([, weight]) => weight ?? unset)
  const all = weights.reduce((sum, each) => sum + each, 0)
  if (all === 0) return 'nowhere (no weight)'
  return and(destinations.map(([name], i) => `${name} (${Math.round((1000 * weights[i]!) / all) / 10} %)`))
}

interface Operations {
  set?: Readonly<Record<string, string>> | undefined
  add?: Readonly<Record<string, string>> | undefined
  remove?: readonly string[] | undefined
}

/** `request header x set to 1`, … */
export function changesOf(headers: { request?: Operations | undefined; response?: Operations | undefined } | undefined): string[] {
  return (['request', 'response'] as const).flatMap((side) => {
    const { set = {}, add = {}, remove = [] } = headers?.[side] ?? {}
    return [
      ...Object.entries(set).map(([name, value]) => `${side} header ${name} set to "${value}"`),
      ...Object.entries(add).map(([name, value]) => `"${value}" added to ${side} header ${name}`),
      ...remove.map((name) => `${side} header ${name} removed`),
    ]
  })
}
