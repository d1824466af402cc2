import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { violations, type LockEntry } from '../src/dependency-policy.ts'

test('every dependency in the lock keeps to the policy', () => {
  const { packages } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>
  }
  expect(violations(packages)).toEqual([])
})

test('a licence that is not in the list, none at all, and a copyleft one of what is shipped are named', () => {
  expect(
    violations({
      'node_modules/a': { license: 'GPL-3.0' },
      'node_modules/@b/c': {},
      'node_modules/d': { license: 'MPL-2.0' },
      'node_modules/e': { license: 'MPL-2.0', dev: true },
      'node_modules/f-win32': { optional: true, os: ['win32'] },
    }),
  ).toEqual([
    'a: licence GPL-3.0 is not in the list of tools/src/dependency-policy.ts',
    '@b/c: licence (none) is not in the list of tools/src/dependency-policy.ts',
    'd: licence MPL-2.0 is not in the list of tools/src/dependency-policy.ts',
  ])
})

test('a script that runs while installing is named, unless it is known', () => {
  const licensed = { license: 'MIT', hasInstallScript: true }
  expect(violations({ 'node_modules/a': licensed, 'node_modules/nx': licensed })).toEqual([
    'a: runs a script while it is installed, and is not in the list of tools/src/dependency-policy.ts',
  ])
})
