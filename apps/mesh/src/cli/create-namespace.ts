/** `create namespace NAME` */
import { createFiles } from './apply.ts'
import { CliError } from './cli-error.ts'
import type { Typed } from './flag-reader.ts'

export async function createNamespace(typed: Typed): Promise<number> {
  const [name, ...more] = typed.words
  if (name === undefined || more.length > 0) throw new CliError(`error: exactly one NAME is required, got ${typed.words.length}`)
  if (name === '') throw new CliError('error: name must be specified')
  const wrong = wrongWith(name)
  if (wrong !== undefined)
    throw new CliError(`The Namespace ${JSON.stringify(name)} is invalid: metadata.name: Invalid value: ${JSON.stringify(name)}: ${wrong}`)
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  const { changes } = await createFiles(typed, [{ file: `namespace-${name}`, text }])
  return changes.some(({ action }) => action === 'already exists') ? 1 : 0
}

/** In the words of Kubernetes' API, since no file is at fault. */
function wrongWith(name: string): string | undefined {
  if (name.includes('.')) return 'must not contain dots'
  if (name.length > 63) return 'must be no more than 63 characters'
  if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) return undefined
  return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
}
