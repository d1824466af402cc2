/** What `-f` and `-k` name: a file, a folder of them, a URL, standard input, or a kustomization. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { ManifestFile } from '../rules/store.ts'
import { CliError } from './cli-error.ts'
import type { Typed } from './flag-reader.ts'

const isManifest = (name: string) => /\.(ya?ml|json)$/.test(name)

/** What the flags of a verb name. @throws CliError */
export async function filesOf(typed: Typed): Promise<ManifestFile[]> {
  const names = typed.list('filename')
  const folder = typed.text('kustomize')
  if (folder === undefined) return readManifests(names, typed.on('recursive'))
  if (names.length > 0 || typed.on('recursive')) throw new CliError("error: only one of '-f' or '-k' can be specified, and -R goes with -f")
  const { buildKustomization } = await import('./kustomize.ts')
  return [{ file: folder, text: await buildKustomization(folder) }]
}

/** Reads every file that `names` mean, folders in alphabetical order. @throws CliError */
async function readManifests(names: readonly string[], recursive: boolean): Promise<ManifestFile[]> {
  if (names.length === 0) throw new CliError('error: must specify one of -f and -k')
  const files: ManifestFile[] = []
  for (const name of names) {
    if (/^https?:\/\//i.test(name)) files.push({ file: name, text: await (await import('./read-url.ts')).readUrl(name) })
    else if (name === '-') files.push({ file: 'STDIN', text: await text(process.stdin) })
    else files.push(...readPath(name, recursive))
  }
  if (files.length === 0) throw new CliError(`error: error reading [${names.join(' ')}]: recognized file extensions are [.json .yaml .yml]`)
  return files
}

/** The ready-made files: the repository's, or the package's. */
const readyMade = fileURLToPath(new URL('../../../../', import.meta.url))

/** `k8s/…` names a ready-made file where the current folder has none of that name, so that commands of the documentation work anywhere. */
function placeOf(path: string): string {
  const place = join(readyMade, path)
  if (!/^(\.[\\/])?k8s([\\/]|$)/.test(path) || existsSync(path) || !existsSync(place)) return path
  console.error(`Note: ${path}: not in this folder, so the ready-made one is read`)
  return place
}

function readPath(typed: string, recursive: boolean): ManifestFile[] {
  const path = placeOf(typed)
  try {
    if (!statSync(path).isDirectory()) return [{ file: typed, text: readFileSync(path, 'utf8') }]
    const entries = readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
    return entries.flatMap((entry) => {
      const inside = join(path, entry.name)
      if (entry.isDirectory()) return recursive ? readPath(inside, recursive) : []
      return isManifest(entry.name) ? [{ file: inside, text: readFileSync(inside, 'utf8') }] : []
    })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new CliError(code === 'ENOENT' ? `error: the path "${path}" does not exist` : `error: ${message}`)
  }
}
