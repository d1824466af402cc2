/** Names of objects in kubectl's words. */
import type { ManifestObject } from '@bookinfo/rules/manifest'

type Named = Pick<ManifestObject, 'apiVersion' | 'kind' | 'namespace' | 'name'>

const groupOf = ({ apiVersion }: Pick<ManifestObject, 'apiVersion'>) =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''

/** `virtualservice.networking.istio.io` */
export const resourceOf = (object: Named) => `${object.kind.toLowerCase()}${groupOf(object) && `.${groupOf(object)}`}`

/** `virtualservices.networking.istio.io` */
export const pluralResourceOf = (object: Named) => `${plural(object.kind)}${groupOf(object) && `.${groupOf(object)}`}`

const plural = (kind: string) => {
  const lower = kind.toLowerCase()
  return lower.endsWith('y') && !/[aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : lower.endsWith('s') ? `${lower}es` : `${lower}s`
}

/** Identity: versions of one API name the same object. */
export const keyOf = (object: Named) => `${resourceOf(object)} ${object.namespace}/${object.name}`

/** Short names as their CRDs declare them. */
const shortNames: Readonly<Record<string, string>> = {
  vs: 'virtualservice.networking.istio.io',
  dr: 'destinationrule.networking.istio.io',
  gw: 'gateway.networking.istio.io',
  se: 'serviceentry.networking.istio.io',
  pa: 'peerauthentication.security.istio.io',
  ap: 'authorizationpolicy.security.istio.io',
  ra: 'requestauthentication.security.istio.io',
  gtw: 'gateway.gateway.networking.k8s.io',
  refgrant: 'referencegrant.gateway.networking.k8s.io',
}

/** Whether `word` (`virtualservices`, `vs`, `VirtualService`, `virtualservices.networking.istio.io`) names the object's kind; `all` names every kind. */
export function isOfResource(object: Named, word: string): boolean {
  const lower = shortNames[word.toLowerCase()] ?? word.toLowerCase()
  const group = groupOf(object)
  const names = [object.kind.toLowerCase(), plural(object.kind)]
  return lower === 'all' || names.some((name) => lower === name || lower === `${name}.${group}`)
}

/** Kinds that can be applied, by API group. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  'networking.istio.io': ['VirtualService', 'DestinationRule', 'Gateway', 'ServiceEntry', 'Sidecar'],
  'security.istio.io': ['PeerAuthentication', 'AuthorizationPolicy', 'RequestAuthentication'],
  'gateway.networking.k8s.io': ['Gateway', 'HTTPRoute', 'ReferenceGrant'],
  'config.istio.io': ['RouteRule'],
  '': ['Secret'],
}

/** `virtualservices.networking.istio.io` for `vs`; undefined for what is no kind. */
export function resourceNamed(word: string): string | undefined {
  for (const [group, names] of Object.entries(kinds))
    for (const kind of names) {
      const object = { apiVersion: group === '' ? 'v1' : `${group}/v1`, kind, namespace: '', name: '' }
      if (isOfResource(object, word)) return word === 'all' ? word : pluralResourceOf(object)
    }
  return undefined
}
