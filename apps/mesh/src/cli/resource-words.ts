/** kubectl's grammar of resources: `TYPE NAME…`, `TYPE/NAME…`, `TYPE1,TYPE2`, `TYPE.GROUP`, categories. */
import { isNamed } from '@bookinfo/rules/kind-names'
import type { KnownKind } from '../control/kind-list.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'

/** One word's kinds (two for `gateway`: both APIs have one), and the object that is meant; without a name all of them. */
export interface Target {
  kinds: readonly KnownKind[]
  name?: string
}

/** What `words` mean, by the kinds that the mesh knows. @throws CliError in kubectl's words */
export async function readTargets(words: readonly string[]): Promise<Target[]> {
  const pairs = pairsOf(words)
  if (pairs.length === 0) return []
  const known = await ask<KnownKind[]>('GET', '/api/kinds')
  return pairs.map(([type, name]) => ({ kinds: kindsOf(type, known), ...(name !== undefined && { name }) }))
}

/** The words as types and names, before anything is known of either. */
function pairsOf(words: readonly string[]): [string, string?][] {
  const [first = '', ...names] = words
  const slashed = words.filter((word) => word.includes('/'))
  if (slashed.length > 0) {
    if (slashed.length < words.length)
      throw new CliError(
        "error: there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'bookinfo get resource/<resource_name>' instead of 'bookinfo get resource resource/<resource_name>'",
      )
    return words.map(slashedPair)
  }
  const types = first.split(',').filter((type) => type !== '')
  if (names.length === 0) return types.map((type) => [type])
  return types.flatMap((type) => names.map((name): [string, string] => [type, name]))
}

function slashedPair(word: string): [string, string] {
  const [type = '', name = '', ...more] = word.split('/')
  if (more.length > 0) throw new CliError('error: arguments in resource/name form may not have more than one slash')
  if (type === '' || name === '' || type.includes(','))
    throw new CliError('error: arguments in resource/name form must have a single resource and name')
  return [type, name]
}

/** The kinds that a word means, those that are not here among them only when no other is. */
function kindsOf(word: string, known: readonly KnownKind[]): KnownKind[] {
  const found = known.filter((each) => isNamed(word, each))
  const here = found.filter(({ absent }) => absent === undefined)
  if (here.length > 0) return here
  const why = found[0]?.absent
  throw new CliError(`error: the server doesn't have a resource type "${word}"${why === undefined ? '' : `: ${why}`}`)
}

/** `virtualservices.networking.istio.io` */
export const pluralOf = ({ plural, group }: Pick<KnownKind, 'plural' | 'group'>) => `${plural}${group && `.${group}`}`
