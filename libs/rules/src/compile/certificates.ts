/** Certificates of Secrets and ConfigMaps, by Istio's names: what a gateway shows, and what the other side is checked by. PEM throughout. */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Authority, KeyPair } from '../model/decision.ts'
import type { ConfigMapObject } from '../manifests/kinds/config-map.ts'
import type { Secret, SecretObject } from '../manifests/kinds/secret.ts'

export class Certificates {
  readonly #secrets: ReadonlyMap<string, SecretObject>
  readonly #configMaps: ReadonlyMap<string, ConfigMapObject>

  constructor(secrets: readonly SecretObject[], configMaps: readonly ConfigMapObject[] = []) {
    this.#secrets = new Map(secrets.map((object) => [`${object.namespace}/${object.name}`, object]))
    this.#configMaps = new Map(configMaps.map((object) => [`${object.namespace}/${object.name}`, object]))
  }

  /** A certificate to show, or why there is none. */
  pair(namespace: string, name: string): KeyPair | string {
    const secret = this.#get(namespace, name)
    if (!secret) return this.#missing(namespace, name)
    const [cert, key] = [textOf(secret, 'tls.crt', 'cert'), textOf(secret, 'tls.key', 'key')]
    if (cert === undefined || key === undefined) return `Secret ${namespace}/${name} has no tls.crt and tls.key`
    try {
      if (new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) return { cert, key }
      return `tls.key of Secret ${namespace}/${name} is not the key of its tls.crt`
    } catch {
      return `tls.crt and tls.key of Secret ${namespace}/${name} are not a certificate and key in PEM`
    }
  }

  /** The authority that the other side is verified with: in the Secret itself, or in the one of the same name with `-cacert`; or the reason why there is none. */
  authority(namespace: string, name: string): Authority | string {
    const secrets = [this.#get(namespace, name), this.#get(namespace, `${name}-cacert`)].filter((each) => each !== undefined)
    if (secrets.length === 0) return this.#missing(namespace, name)
    for (const secret of secrets) {
      const [ca, crl] = [textOf(secret, 'ca.crt', 'cacert'), textOf(secret, 'ca.crl', 'crl')]
      if (ca === undefined) continue
      return isCertificate(ca)
        ? { ca, ...(crl !== undefined && { crl }) }
        : `ca.crt of Secret ${secret.namespace}/${secret.name} is not a certificate in PEM`
    }
    return `Secret ${namespace}/${name} has no ca.crt, and there is no Secret ${name}-cacert`
  }

  /** The same of a ConfigMap. */
  authorityInConfigMap(namespace: string, name: string): Authority | string {
    const ca = this.#configMaps.get(`${namespace}/${name}`)?.spec.data?.['ca.crt']
    if (ca === undefined) return `ConfigMap ${namespace}/${name} does not exist, or has no ca.crt`
    return isCertificate(ca) ? { ca } : `ca.crt of ConfigMap ${namespace}/${name} is not a certificate in PEM`
  }

  #get(namespace: string, name: string): (Secret & { namespace: string; name: string }) | undefined {
    const found = this.#secrets.get(`${namespace}/${name}`)
    return found && { ...found.spec, namespace, name }
  }

  #missing(namespace: string, name: string): string {
    const elsewhere = [...this.#secrets.values()].find((each) => each.name === name)
    return `Secret ${namespace}/${name} does not exist${elsewhere ? `; there is one in ${elsewhere.namespace}` : ''}`
  }
}

const isCertificate = (pem: string): boolean => {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false
  }
}

const textOf = ({ data = {}, stringData = {} }: Secret, ...names: string[]): string | undefined => {
  for (const name of names) {
    if (stringData[name] !== undefined) return stringData[name]
    if (data[name] !== undefined) return Buffer.from(data[name], 'base64').toString()
  }
  return undefined
}
