/** Debian packages that e2e tests need: installed from the configured registry when they are missing. */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** @returns those of `names` that dpkg does not know as installed. */
export const missingPackages = (names: readonly string[]): string[] =>
  names.filter((name) => spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status}', name], { encoding: 'utf8' }).stdout !== 'installed')

/**
 * Installs what is missing of `names` (seconds to minutes), and nothing when all are there.
 * @throws when this is not Debian, when it may not install (it needs root or sudo without a password), or when a package does not exist.
 */
export async function ensureDebianPackages(names: readonly string[]): Promise<void> {
  const missing = missingPackages(names)
  if (missing.length === 0) return
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  // Another test may be installing too: apt waits for it.
  const apt = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300']
  const call = async (...rest: string[]) => {
    const [command = '', ...options] = [...apt, ...rest]
    await run(command, options, { maxBuffer: 64 * 1024 * 1024 })
  }
  await call('update')
  await call('install', '--no-install-recommends', ...missing)
}
