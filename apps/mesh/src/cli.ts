#!/usr/bin/env node
/** `npx bookinfo`: kubectl's grammar for the mesh that runs on this machine. */
import { enableCompileCache } from 'node:module'
import { CliError } from './cli/cli-error.ts'
import { runCommand } from './cli/commands.ts'
import { compileCache } from './compile-cache.ts'

enableCompileCache(compileCache)

// Who reads may have enough (| head).
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1))

try {
  process.exitCode = await runCommand(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof CliError ? error.message : (error as Error).stack}\n`)
  process.exitCode = 1
}
