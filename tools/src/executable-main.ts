/**
 * What the single file does when it is started: unpacks the package that it carries, once per version and user, and runs it from there.
 * The mesh starts its workloads as `process.execPath --import MODULE PROGRAM`, which is this file again.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { getAsset, getAssetKeys, getRawAsset } from 'node:sea'

/** Folder with the package's files. It is complete, or not there: it gets its name last. */
function unpacked(): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  const folder = join(cache, 'bookinfo-mesh', getAsset('id', 'utf8'))
  if (existsSync(folder)) return folder
  const draft = draftBeside(folder)
  for (const file of getAssetKeys().filter((key) => key !== 'id')) {
    const path = join(draft, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, new Uint8Array(getRawAsset(file)))
  }
  if (dirname(draft) !== dirname(folder)) return draft
  try {
    renameSync(draft, folder)
  } catch (error) {
    // Another start was first: its files are the same.
    if (!existsSync(folder)) throw error
    rmSync(draft, { recursive: true })
  }
  return folder
}

/** An empty folder on the same disk, or, where the user's cache cannot be written, a temporary one that goes with this process. */
function draftBeside(folder: string): string {
  try {
    mkdirSync(dirname(folder), { recursive: true, mode: 0o700 })
    return mkdtempSync(`${folder}-`)
  } catch {
    const draft = mkdtempSync(join(tmpdir(), 'bookinfo-mesh-'))
    process.on('exit', () => rmSync(draft, { recursive: true, force: true }))
    return draft
  }
}

const [execPath = '', , ...args] = process.argv
if (args[0] === '--import') {
  const [, module = '', program = '', ...rest] = args
  process.argv = [execPath, program, ...rest]
  createRequire(program)(join(dirname(program), '../../../run.cjs'))(module, program)
} else {
  const folder = unpacked()
  const suite = args[0] === 'conformance'
  const program = join(folder, suite ? 'apps/conformance/src/cli.js' : 'apps/mesh/src/cli.js')
  process.argv = [execPath, program, ...(suite ? args.slice(1) : args)]
  createRequire(program)(join(folder, 'run.cjs'))(program)
}
