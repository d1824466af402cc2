/** `create secret`: a Secret from files. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'

/** `create secret tls NAME --cert=FILE --key=FILE` */
export async function createTlsSecret(typed: Typed): Promise<number> {
  const cert = typed.text('cert')
  const key = typed.text('key')
  if (cert === undefined || key === undefined) throw new CliError('error: key and cert must be specified')
  return createSecret(typed, 'kubernetes.io/tls', [
    ['tls.crt', cert],
    ['tls.key', key],
  ])
}

/** `create secret generic NAME --from-file=[KEY=]FILE` */
export async function createGenericSecret(typed: Typed): Promise<number> {
  const files = typed.list('from-file').map(namedFile)
  if (files.length === 0) throw new CliError('error: expected --from-file=[KEY=]FILE')
  return createSecret(typed, 'Opaque', files)
}

async function createSecret({ words, namespace }: Typed, type: string, files: readonly [string, string][]): Promise<number> {
  const [name, more] = words
  if (name === undefined || more !== undefined) throw new CliError(`error: exactly one NAME is required, got ${words.length}`)
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    type,
    data: Object.fromEntries(files.map(([key, file]) => [key, read(file)])),
  }
  const { changes, notices, warnings } = await ask<{
    changes: { action: string }[]
    notices: { message: string }[]
    warnings: { where: string; message: string }[]
  }>('POST', '/api/apply', { files: [{ file: `secret-${name}`, text: JSON.stringify(secret) }] })
  for (const { action } of changes) console.log(`secret/${name} ${action}`)
  for (const { message } of notices) console.error(`Note: secret/${name}: ${message}`)
  for (const { where, message } of warnings) console.error(`Warning: ${where}: ${message}`)
  return 0
}

function namedFile(word: string): [string, string] {
  const equals = word.indexOf('=')
  return equals === -1 ? [basename(word), word] : [word.slice(0, equals), word.slice(equals + 1)]
}

function read(file: string): string {
  try {
    return readFileSync(file).toString('base64')
  } catch (error) {
    throw new CliError(`error: ${(error as Error).message}`)
  }
}
