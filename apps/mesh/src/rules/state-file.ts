/** What is applied, kept in a folder so that it survives a restart (`--state DIR`). */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError } from '@bookinfo/contracts/environment'
import type { SavedRules } from './applied.ts'

const fileName = 'rules.json'

/** A change that could not be saved, in one line. */
export class SaveError extends Error {
  override name = 'SaveError'
}

/** What the folder holds; undefined when it is new. @throws ConfigError when it cannot be read. */
export function loadRules(folder: string): SavedRules | undefined {
  const path = join(folder, fileName)
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw new ConfigError(`--state: cannot use ${folder} as a folder: ${(error as Error).message}`)
  }
  let saved: Partial<SavedRules> | null
  try {
    saved = JSON.parse(readFileSync(path, 'utf8')) as Partial<SavedRules> | null
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new ConfigError(`--state: cannot read ${path}: ${(error as Error).message}`)
  }
  if (!Array.isArray(saved?.objects) || typeof saved.mesh !== 'object')
    throw new ConfigError(`--state: ${path} is not a file that a mesh saved: remove it to start without saved rules`)
  return saved as SavedRules
}

/** Writes a temporary file and renames it: after a crash there is the old state or the new one, never half. @throws SaveError */
export function saveRules(folder: string, saved: SavedRules) {
  const path = join(folder, fileName)
  const temporary = `${path}.${process.pid}`
  try {
    const file = openSync(temporary, 'w', 0o600)
    try {
      const bytes = Buffer.from(`${JSON.stringify(saved, null, 1)}\n`)
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    const full = (error as NodeJS.ErrnoException).code === 'ENOSPC'
    throw new SaveError(full ? `no space left on the disk of ${folder}` : `cannot save ${path}: ${(error as Error).message}`)
  }
}
