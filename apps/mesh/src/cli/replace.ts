/** `replace`: as apply, for objects that are there. */
import { dryRunOf, report, type Outcome } from './apply.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { filesOf } from './manifest-files.ts'

export async function replace(typed: Typed): Promise<number> {
  if (typed.words.length > 0) throw new CliError(`error: Unexpected args: [${typed.words.join(' ')}]`)
  const dryRun = dryRunOf(typed) !== 'none'
  const files = await filesOf(typed)
  const { namespace } = typed
  const check = await ask<Outcome>('POST', '/api/apply', { files, dryRun: true, namespace })
  const missing = check.changes.filter(({ action }) => action === 'created')
  if (missing.length > 0 && !typed.on('force'))
    throw new CliError(
      missing
        .map(
          ({ plural, name, file }) =>
            `Error from server (NotFound): error when replacing ${JSON.stringify(file)}: ${plural} ${JSON.stringify(name)} not found`,
        )
        .join('\n'),
    )
  const outcome = dryRun ? check : await ask<Outcome>('POST', '/api/apply', { files, namespace })
  await report(typed, { ...outcome, changes: outcome.changes.map((change) => ({ ...change, action: 'replaced' })) })
  return 0
}
