#!/usr/bin/env node
/** `npx bookinfo`: kubectl's grammar for the mesh that runs on this machine. */
import { enableCompileCache } from 'node:module'
import { runAndReport } from './cli/commands.ts'
import { compileCache } from './compile-cache.ts'

enableCompileCache(compileCache)

// Who reads may have enough (| head).
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? 0 : 1))

process.exitCode = await runAndReport(process.argv.slice(2))
