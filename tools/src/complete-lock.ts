/**
 * A registry that serves only this machine's kind of native packages leaves the others out of package-lock.json, and `npm ci` then
 * refuses to run, here and everywhere. `npm run lock:complete`, after `npm install`, writes the missing ones down by their names.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface Entry {
  version: string
  cpu?: string[]
  os?: string[]
  libc?: string[]
  dev?: boolean
  optional?: boolean
  optionalDependencies?: Record<string, string>
}

type Entries = Record<string, Entry>

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const cpus = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32']

/** Names and versions of optional native packages that `entries` mention and do not hold, with the entry that mentions them. */
export function missing(entries: Entries): { name: string; version: string; by: Entry }[] {
  const held = new Set(Object.keys(entries).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)))
  return Object.values(entries).flatMap((by) =>
    Object.entries(by.optionalDependencies ?? {})
      .filter(([name]) => !held.has(name))
      .map(([name, version]) => ({ name, version, by })),
  )
}

/** What the lock says of a native package: its name tells for which system, processor and C library it is. */
export function entryOf(name: string, version: string, by: Entry): Entry {
  const words = name.split(/[/-]/)
  const os = systems.filter((system) => words.includes(system))
  const cpu = cpus.filter((processor) => words.includes(processor))
  const libc = words.some((word) => word.startsWith('musl'))
    ? ['musl']
    : os.includes('linux') && words.some((word) => word.startsWith('gnu'))
      ? ['glibc']
      : []
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(by.dev && { dev: true }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
  }
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'))
  const found = missing(lock.packages)
  for (const { name, version, by } of found) lock.packages[`node_modules/${name}`] = entryOf(name, version, by)
  const { '': root, ...others } = lock.packages
  lock.packages = { '': root, ...Object.fromEntries(Object.entries(others).toSorted(([a], [b]) => (a < b ? -1 : 1))) }
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
  console.log(
    found.length === 0
      ? 'package-lock.json names every native package.'
      : `package-lock.json: ${found.length} native packages written down.`,
  )
}
