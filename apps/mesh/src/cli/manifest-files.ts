/** What `-f` names: a file, a folder of them, or standard input. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { ManifestFile } from '../rules/store.ts'
import { CliError } from './cli-error.ts'

const isManifest = (name: string) => /\.(ya?ml|json)$/.test(name)

/** Reads every file that `names` mean, folders in alphabetical order. @throws CliError */
export async function readManifests(names: readonly string[], recursive: boolean): Promise<ManifestFile[]> {
  if (names.length === 0) throw new CliError('error: must specify one of -f and -k')
  const files: ManifestFile[] = []
  for (const name of names) {
    if (name === '-') files.push({ file: 'STDIN', text: await text(process.stdin) })
    else files.push(...readPath(name, recursive))
  }
  if (files.length === 0) throw new CliError(`error: error reading [${names.join(' ')}]: recognized file extensions are [.json .yaml .yml]`)
  return files
}

function readPath(path: string, recursive: boolean): ManifestFile[] {
  try {
    if (!statSync(path).isDirectory()) return [{ file: path, text: readFileSync(path, 'utf8') }]
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
