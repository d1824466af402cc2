/** Names of objects in kubectl's words. */
import type { KindNames } from '@bookinfo/rules/kind-names'
import { kindsNamed } from '@bookinfo/rules/kinds'
import { groupOf, type ManifestObject } from '@bookinfo/rules/manifest'

type Named = Pick<ManifestObject, 'apiVersion' | 'kind' | 'namespace' | 'name'>

/** `virtualservice.networking.istio.io` */
export const resourceOf = (object: Pick<Named, 'apiVersion' | 'kind'>) =>
  `${object.kind.toLowerCase()}${groupOf(object) && `.${groupOf(object)}`}`

/** Identity: versions of one API name the same object. */
export const keyOf = (object: Named) => `${resourceOf(object)} ${object.namespace}/${object.name}`

/** `virtualservices.networking.istio.io` */
export const pluralOf = ({ plural, group }: Pick<KindNames, 'plural' | 'group'>) => `${plural}${group && `.${group}`}`

/** Whether `word` (`virtualservices`, `vs`, `VirtualService`, `virtualservices.networking.istio.io`) names the object's kind; `all` names every kind but Namespace. */
export const isOfResource = (object: Named, word: string): boolean =>
  (word === 'all' && object.namespace !== '') ||
  kindsNamed(word).some(({ kind, group }) => kind === object.kind && group === groupOf(object))

/** `virtualservices.networking.istio.io` for `vs`; undefined for an unknown kind. */
export function resourceNamed(word: string): string | undefined {
  const [found] = kindsNamed(word)
  return found && pluralOf(found)
}

/** `virtualservices.networking.istio.io` of an object. */
export const pluralResourceOf = (object: Named) => resourceNamed(resourceOf(object)) ?? resourceOf(object).replace(/^[^.]*/, '$&s')
