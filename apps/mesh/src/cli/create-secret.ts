/** `create secret`: a Secret from files and values. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createFiles, dryRunOf } from './apply.ts'
import { CliError } from './cli-error.ts'
import { objectFormats } from './common-flags.ts'
import type { Typed } from './flag-reader.ts'
import { printerOf } from './print/formats.ts'

/** `create secret tls NAME --cert=FILE --key=FILE` */
export async function createTlsSecret(typed: Typed): Promise<number> {
  const cert = typed.text('cert')
  const key = typed.text('key')
  if (cert === undefined || key === undefined) throw new CliError('error: key and cert must be specified')
  return createSecret(typed, 'kubernetes.io/tls', [
    ['tls.crt', read(cert)],
    ['tls.key', read(key)],
  ])
}

/** `create secret generic NAME --from-file=[KEY=]FILE --from-literal=KEY=VALUE --from-env-file=FILE` */
export async function createGenericSecret(typed: Typed): Promise<number> {
  const entries = [
    ...typed.list('from-file').flatMap(fileEntries),
    ...typed.list('from-literal').map(literalEntry),
    ...typed.list('from-env-file').flatMap(envEntries),
  ]
  return createSecret(typed, typed.text('type') ?? 'Opaque', entries)
}

async function createSecret(typed: Typed, type: string, entries: readonly [string, Buffer][]): Promise<number> {
  const { words, namespace } = typed
  const [name, more] = words
  if (name === undefined || more !== undefined) throw new CliError(`error: exactly one NAME is required, got ${words.length}`)
  const keys = entries.map(([key]) => key)
  const twice = keys.find((key, i) => keys.indexOf(key) !== i)
  if (twice !== undefined)
    throw new CliError(`error: cannot add key ${twice}, another key by that name already exists in Data for Secret ${name}`)
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type,
    data: Object.fromEntries(entries.map(([key, value]) => [key, value.toString('base64')])),
  }
  const printer = printerOf(typed, objectFormats)
  if (dryRunOf(typed) === 'client') {
    process.stdout.write(printer ? await printer([secret], true) : `secret/${name} created (dry run)\n`)
    return 0
  }
  const { changes } = await createFiles(typed, [{ file: `secret-${name}`, text: JSON.stringify(secret) }])
  return changes.some(({ action }) => action === 'already exists') ? 1 : 0
}

/** `KEY=FILE`, `FILE` or a folder of files. */
function fileEntries(word: string): [string, Buffer][] {
  const equals = word.indexOf('=')
  const path = word.slice(equals + 1)
  if (equals !== -1) return [[word.slice(0, equals), read(path)]]
  if (!isFolder(path)) return [[basename(path), read(path)]]
  const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile())
  return files.map(({ name }) => [name, read(join(path, name))])
}

function literalEntry(word: string): [string, Buffer] {
  const equals = word.indexOf('=')
  if (equals < 1) throw new CliError(`error: invalid literal source ${word}, expected key=value`)
  return [word.slice(0, equals), Buffer.from(word.slice(equals + 1))]
}

/** Lines of `KEY=VALUE`; a plain `KEY` takes its value from the environment. */
function envEntries(path: string): [string, Buffer][] {
  const lines = read(path)
    .toString('utf8')
    .split('\n')
    .map((line) => line.trimStart())
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const equals = line.indexOf('=')
      const key = equals === -1 ? line : line.slice(0, equals)
      return [key, Buffer.from(equals === -1 ? (process.env[key] ?? '') : line.slice(equals + 1))]
    })
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new CliError(`error: ${code === 'ENOENT' ? `open ${file}: no such file or directory` : message}`)
  }
}
