/** Programs for e2e tests that are Go modules: built once, then from the cache. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureDebianPackages } from './debian.ts'
import { cacheFolder } from './maven-jar.ts'

const run = promisify(execFile)

/** Path of the program `name`, which is built from `path@version`. Go is installed first where it is missing; a build may take minutes. */
export async function goProgram(name: string, path: string, version: string): Promise<string> {
  const program = join(cacheFolder, `${name}-${version}`)
  if (existsSync(program)) return program
  await run('go', ['version']).catch(() => ensureDebianPackages(['golang-go']))
  await mkdir(cacheFolder, { recursive: true })
  const folder = await mkdtemp(join(cacheFolder, 'fetch-'))
  try {
    await run('go', ['install', `${path}@${version}`], { cwd: folder, timeout: 900_000, env: { ...process.env, GOBIN: folder } })
    await rename(join(folder, path.split('/').at(-1)!), program)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return program
}
