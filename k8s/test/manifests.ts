/** Reads the manifests as users apply them. */
import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'

/** The folder `k8s/`, with a slash at its end. */
export const root = fileURLToPath(new URL('../', import.meta.url))

export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> }
  // What it holds depends on the kind; the schemas judge that.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  spec: any
}

/** Every file that users apply, relative to `k8s/`. */
export const files = globSync('{platform,networking,gateway-api,policy,security,addons,injection}/**/*.yaml', { cwd: root }).sort()

/** The objects of one file, as kubectl reads them: by YAML 1.1, where `on` is not a text. @throws when it is not YAML, or has a key twice. */
export function load(file: string): Manifest[] {
  return parseAllDocuments(readFileSync(root + file, 'utf8'), { version: '1.1' }).map((document) => {
    if (document.errors[0]) throw document.errors[0]
    return document.toJS() as Manifest
  })
}

/** `Deployment reviews-v1` of one file. @throws when it is not there. */
export function find(file: string, kind: string, name: string): Manifest {
  const found = load(file).find((object) => object.kind === kind && object.metadata.name === name)
  if (!found) throw new Error(`${file} has no ${kind} ${name}`)
  return found
}

/** `Kind name` of every object of a file, sorted. */
export const names = (file: string) =>
  load(file)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .sort()

/** Objects that make pods, with the file each stands in. */
export const workloads = files.flatMap((file) =>
  load(file)
    .filter(({ kind }) => kind === 'Deployment')
    .map((object) => ({ file, name: object.metadata.name, pod: object.spec.template as Manifest })),
)
