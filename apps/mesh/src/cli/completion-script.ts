/** `bookinfo completion SHELL`: the script that makes a shell ask for completions. */
import { completionScript, shells, type Shell } from '@bookinfo/contracts/shell-completion'
import { CliError } from './cli-error.ts'
import type { Typed } from './flag-reader.ts'

/** Prints the script that a shell reads once. */
export const scriptFor = (shell: Shell) => async (): Promise<number> => {
  process.stdout.write(completionScript(shell, 'bookinfo'))
  return 0
}

/** `completion` of another shell, or of none. */
export async function unsupportedShell({ words: [shell] }: Typed): Promise<number> {
  if (shell === undefined) throw new CliError(`error: Shell not specified: expected one of ${shells.join(', ')}`)
  throw new CliError(`error: Unsupported shell type ${JSON.stringify(shell)}.`)
}
