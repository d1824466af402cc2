/** `create`: what a file says, or a Secret from files of certificates. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { apply } from './apply.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'

export const create = (args: string[]): Promise<number> => (args[0] === 'secret' ? createSecret(args.slice(1)) : apply(args))

/** `create secret tls NAME --cert=FILE --key=FILE`, `create secret generic NAME --from-file=[KEY=]FILE` */
async function createSecret(args: string[]): Promise<number> {
  const options = {
    namespace: { type: 'string', short: 'n', default: 'default' },
    cert: { type: 'string' },
    key: { type: 'string' },
    'from-file': { type: 'string', multiple: true },
  } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [kind, name] = positionals
  if (name === undefined || (kind !== 'tls' && kind !== 'generic'))
    throw new CliError(
      'error: expected create secret tls NAME --cert=FILE --key=FILE, or create secret generic NAME --from-file=[KEY=]FILE',
    )
  const files = kind === 'tls' ? tlsFiles(values) : (values['from-file'] ?? []).map(namedFile)
  if (files.length === 0) throw new CliError('error: expected --from-file=[KEY=]FILE')
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: values.namespace },
    type: kind === 'tls' ? 'kubernetes.io/tls' : 'Opaque',
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

function tlsFiles({ cert, key }: { cert?: string | undefined; key?: string | undefined }): [string, string][] {
  if (cert === undefined || key === undefined) throw new CliError('error: key and cert must be specified')
  return [
    ['tls.crt', cert],
    ['tls.key', key],
  ]
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
