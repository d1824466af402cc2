import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { entryOf, missing } from '../src/complete-lock.ts'

test('the lock names every native package, so that npm ci works on each kind of machine', () => {
  const { packages } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8'))
  expect(missing(packages).map(({ name }) => name)).toEqual([])
})

test('a native package that is mentioned and not held is missing', () => {
  const by = { version: '1.0.0', optionalDependencies: { '@x/y-darwin-arm64': '1.0.0', '@x/y-linux-x64-gnu': '1.0.0' } }
  const held = { version: '1.0.0' }
  expect(missing({ 'node_modules/y': by, 'node_modules/@x/y-linux-x64-gnu': held })).toEqual([
    { name: '@x/y-darwin-arm64', version: '1.0.0', by },
  ])
})

test.each([
  ['@x/y-darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
  ['@x/binding-linux-arm-musleabihf', { os: ['linux'], cpu: ['arm'], libc: ['musl'] }],
  ['@x/binding-linux-x64-gnu', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }],
  ['@x/binding-win32-ia32-msvc', { os: ['win32'], cpu: ['ia32'] }],
])('%s is for %o', (name, place) => {
  expect(entryOf(name, '1.0.0', { version: '1.0.0' })).toEqual({ version: '1.0.0', optional: true, ...place })
})
