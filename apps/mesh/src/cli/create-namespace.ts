/** `create namespace NAME` */
import { createFiles } from './apply.ts'
import { CliError } from './cli-error.ts'
import type { Typed } from './flag-reader.ts'

export async function createNamespace(typed: Typed): Promise<number> {
  const [name, ...more] = typed.words
  if (name === undefined || more.length > 0) throw new CliError(`error: exactly one NAME is required, got ${typed.words.length}`)
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  const { changes } = await createFiles(typed, [{ file: `namespace-${name}`, text }])
  return changes.some(({ action }) => action === 'already exists') ? 1 : 0
}
