#!/usr/bin/env node
/** `npx bookinfo`: kubectl's grammar for the mesh that runs on this machine. */
import { enableCompileCache } from 'node:module'
import { CliError } from './cli/cli-error.ts'
import { runCommand } from './cli/commands.ts'
import { compileCache } from './compile-cache.ts'

enableCompileCache(compileCache)

try {
  process.exitCode = await runCommand(process.argv.slice(2))
} catch (error) {
  const { code, message, stack } = error as NodeJS.ErrnoException
  const known = error instanceof CliError || code?.startsWith('ERR_PARSE_ARGS')
  process.stderr.write(known ? `${error instanceof CliError ? '' : 'error: '}${message}\n` : `${stack}\n`)
  process.exitCode = 1
}
