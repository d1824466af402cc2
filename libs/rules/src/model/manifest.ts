/** What a manifest is once it has been read and found valid. Types and the error only; `parse-manifests.ts` reads. */

/** Where an object stands: file name as the user gave it, and the document's number in it, from 1. */
export interface Source {
  file: string
  document: number
}

/** One Kubernetes object that the local mesh implements. `raw` is the document itself (for `get -o yaml`). */
export interface ManifestObject {
  source: Source
  apiVersion: string
  kind: string
  /** Empty for what belongs to none, a Namespace itself. */
  namespace: string
  name: string
  labels: Readonly<Record<string, string>>
  spec: unknown
  raw: Readonly<Record<string, unknown>>
}

/** An object in the mesh's store. `created` counts up with every creation and stays through updates: it decides conflicts as the age. */
export interface StoredObject extends ManifestObject {
  created: number
}

/** An object of a kind whose schema reads `Spec`. */
export interface ObjectOf<Spec> extends StoredObject {
  spec: Spec
}

/** Something the user should know that is not an error. `where` is of the form `virtual-service.yaml#2 VirtualService default/reviews spec.http[0]`. */
export interface Notice {
  where: string
  message: string
}

/** Why manifests were refused: every problem found, each with file, document, object and field path in `where`. */
export class ManifestError extends Error {
  override name = 'ManifestError'
  readonly problems: readonly Notice[]
  constructor(problems: readonly Notice[]) {
    super(problems.map(({ where, message }) => `${where}: ${message}`).join('\n'))
    this.problems = problems
  }
}

/** `virtual-service.yaml#2 VirtualService default/reviews`, the head of every message about an object. */
export const whereIs = ({ source, kind, namespace, name }: Pick<ManifestObject, 'source' | 'kind' | 'namespace' | 'name'>): string =>
  `${source.file}#${source.document} ${kind} ${namespace}${namespace && '/'}${name}`

/** `networking.istio.io`; empty for the core kinds. */
export const groupOf = ({ apiVersion }: Pick<ManifestObject, 'apiVersion'>): string =>
  apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
