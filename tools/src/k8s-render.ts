/**
 * Renders every overlay of `k8s/kustomize/overlays` into the one file that users apply, by `kubectl kustomize`:
 *     node tools/src/k8s-render.ts            writes the files
 *     node tools/src/k8s-render.ts --check    exits 1 when a committed file differs
 * `k8s/kustomize/rendered.json` keeps digests of sources and results, so that a check without kubectl still sees a change of either.
 */
import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments, stringify } from 'yaml'
import { run } from './k8s-run.ts'

const k8s = fileURLToPath(new URL('../../k8s/', import.meta.url))

/** What stands first in a mapping; the rest follows in the order of the alphabet. */
const first = ['apiVersion', 'kind', 'metadata', 'name', 'namespace', 'labels', 'annotations', 'image', 'spec']

/** Where an overlay's file goes when that is not `platform/kube`. */
const folders: Record<string, string> = { grafana: 'addons', productpage: 'injection' }

/** Overlays by name, with the file that each is rendered to, relative to `k8s/`. */
export const overlays = () =>
  globSync('kustomize/overlays/*/kustomization.yaml', { cwd: k8s })
    .map((file) => file.split('/').at(-2) ?? '')
    .sort()
    .map((name) => ({ name, file: `${folders[name] ?? 'platform/kube'}/${name}.yaml` }))

/** Digests of everything that rendering reads and writes, by path relative to `k8s/`. */
export function digests(): Record<string, string> {
  const files = [...globSync('kustomize/{base,components,overlays}/**/*.*', { cwd: k8s }), ...overlays().map(({ file }) => file)]
  const digest = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(k8s, file)))
      .digest('hex')
      .slice(0, 16)
  return Object.fromEntries(files.sort().map((file) => [file, digest(file)]))
}

async function render({ name }: { name: string }): Promise<string> {
  const folder = join(k8s, 'kustomize/overlays', name)
  const about = readFileSync(join(folder, 'kustomization.yaml'), 'utf8').match(/^(# .*\n)+/)?.[0] ?? ''
  const objects = inKeyOrder((await run('kubectl', ['kustomize', folder])).stdout)
  return `${about}# Rendered from kustomize/overlays/${name} by \`npm run k8s:render\`: change it there.\n${objects}`
}

/** The same YAML with the keys of every mapping in the order that readers expect, and without comments. kubectl reads YAML 1.1, where an `on` without quotes is not a text. */
export function inKeyOrder(yaml: string): string {
  const objects = parseAllDocuments(yaml)
    .map((document) => document.toJS() as unknown)
    .filter((object) => object !== null)
  return objects.map((object) => stringify(ordered(object), { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false })).join('---\n')
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (value === null || typeof value !== 'object') return value
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length)
  const entries = Object.entries(value).sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b, 'en'))
  return Object.fromEntries(entries.map(([key, item]) => [key, ordered(item)]))
}

if (import.meta.main) {
  const check = process.argv.includes('--check')
  let different = 0
  for (const overlay of overlays()) {
    const path = join(k8s, overlay.file)
    const rendered = await render(overlay)
    if (!check) writeFileSync(path, rendered)
    else if (rendered !== readFileSync(path, 'utf8')) {
      different += 1
      console.error(`k8s/${overlay.file} differs from its overlay: run \`npm run k8s:render\``)
    }
  }
  if (!check) writeFileSync(join(k8s, 'kustomize/rendered.json'), `${JSON.stringify(digests(), null, 2)}\n`)
  process.exitCode = different > 0 ? 1 : 0
}
