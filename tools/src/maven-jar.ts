/** Programs for e2e tests that come from Maven Central, and the Debian packages that fetch and run them. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureDebianPackages } from './debian.ts'

const run = promisify(execFile)

/** Where e2e tests keep what they fetched, so that a second run needs no network. */
export const cacheFolder = join(homedir(), '.cache', 'bookinfo-e2e')

/**
 * Path of the jar with these Maven coordinates, `group:artifact:version:jar:classifier`; fetched once, then from the cache.
 * Maven is installed first where it is missing.
 */
export async function mavenJar(coordinates: string): Promise<string> {
  const [, artifact, version, , classifier] = coordinates.split(':')
  const file = `${[artifact, version, classifier].filter(Boolean).join('-')}.jar`
  const jar = join(cacheFolder, file)
  if (existsSync(jar)) return jar
  await installed('mvn', 'maven')
  await mkdir(cacheFolder, { recursive: true })
  const folder = await mkdtemp(join(cacheFolder, 'fetch-'))
  try {
    await run('mvn', ['-B', '-q', 'dependency:copy', `-Dartifact=${coordinates}`, `-DoutputDirectory=${folder}`], {
      cwd: folder,
      timeout: 300_000,
    })
    // Renamed in one step, so that a fetch cut short is never taken for a jar.
    await rename(join(folder, file), jar)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return jar
}

/** Installs the Debian package `name` unless its `command` is there already, from wherever. */
export async function installed(command: string, name: string): Promise<void> {
  const there = await run(command, ['-version']).then(
    () => true,
    () => false,
  )
  if (!there) await ensureDebianPackages([name])
}
