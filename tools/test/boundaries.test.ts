import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { violations } from '../src/boundaries.ts'

// Kept apart, so that the check does not take this file's examples for imports.
const scope = '@bookinfo'
const up = '../../..'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boundaries-'))
  write('libs/rules/package.json', JSON.stringify({ name: '@bookinfo/rules', nx: { tags: ['rules'] } }))
  write(
    'apps/mesh/package.json',
    JSON.stringify({ name: '@bookinfo/mesh', nx: { tags: ['mesh'] }, dependencies: { '@bookinfo/rules': '0.1.0' } }),
  )
  write('apps/reviews/package.json', JSON.stringify({ name: '@bookinfo/reviews', nx: { tags: ['service-app'] } }))
})
afterEach(() => rmSync(root, { recursive: true }))

function write(file: string, text: string) {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

test('a house in order has no violation', () => {
  write('apps/mesh/src/main.ts', `import { decide } from '${scope}/rules/decide'`)
  expect(violations(root)).toEqual([])
})

test('a service that imports the mesh is named', () => {
  write('apps/reviews/src/app.ts', `import { start } from '${scope}/mesh/start'`)
  expect(violations(root)).toEqual(['apps/reviews/src/app.ts: may not import @bookinfo/mesh/start'])
})

test('a dynamic import counts too', () => {
  write('libs/rules/src/decide/decide.ts', `const { start } = await import('${scope}/mesh/start')`)
  expect(violations(root)).toEqual(['libs/rules/src/decide/decide.ts: may not import @bookinfo/mesh/start'])
})

test('a path that leaves its package is named', () => {
  write('apps/reviews/src/app.ts', `import { decide } from '${up}/libs/rules/src/decide/decide.ts'`)
  expect(violations(root)).toEqual([
    'apps/reviews/src/app.ts: ../../../libs/rules/src/decide/decide.ts leaves the package; import it by its name',
  ])
})

test('a path inside an installed package is named, unless the package offers it', () => {
  write('node_modules/closed/package.json', '{}')
  write('apps/mesh/node_modules/@some/open/package.json', JSON.stringify({ exports: { './part': './part.js' } }))
  write(
    'apps/mesh/src/main.ts',
    ['closed', 'closed/lib/pool.js', '@some/open/part', 'node:fs/promises'].map((name) => `import '${name}'`).join('\n'),
  )
  expect(violations(root)).toEqual(['apps/mesh/src/main.ts: closed/lib/pool.js is private; import the package by its name'])
})

test('a source that loads an installed package late is named, since its bundle would lack the named exports', () => {
  write('apps/mesh/src/main.ts', ['some-package', 'node:fs', './late.ts'].map((name) => `await import('${name}')`).join('\n'))
  write('apps/mesh/test/main.test.ts', ['some', 'package'].join('-').replace(/.*/, `await import('$&')`))
  expect(violations(root)).toEqual([
    'apps/mesh/src/main.ts: some-package may not be loaded late by its name; load a file late that imports it',
  ])
})

test('a dependency that no source uses yet is named as well', () => {
  write(
    'libs/rules/package.json',
    JSON.stringify({ name: '@bookinfo/rules', nx: { tags: ['rules'] }, dependencies: { '@bookinfo/mesh': '0.1.0' } }),
  )
  expect(violations(root)).toEqual(['libs/rules/package.json: rules may not depend on @bookinfo/mesh'])
})

test('a package without a tag is named', () => {
  write('libs/new/package.json', JSON.stringify({ name: '@bookinfo/new' }))
  expect(violations(root)).toEqual(['libs/new/package.json: tag "" is not in the table of tools/src/boundaries.ts'])
})

test('a circle of imports is named with every file on it, imports of types included', () => {
  write('apps/mesh/src/a.ts', `import { b } from './b.ts'`)
  write('apps/mesh/src/b.ts', `import type { C } from './deep/c.ts'`)
  write('apps/mesh/src/deep/c.ts', `import { b } from '../b.ts'`)
  expect(violations(root)).toEqual(['circle of imports: apps/mesh/src/b.ts → apps/mesh/src/deep/c.ts → apps/mesh/src/b.ts'])
})

test('two ways to one file are not a circle', () => {
  write('apps/mesh/src/a.ts', `import { b } from './b.ts'\nimport { c } from './c.ts'`)
  write('apps/mesh/src/b.ts', `import { c } from './c.ts'`)
  write('apps/mesh/src/c.ts', '')
  expect(violations(root)).toEqual([])
})

test('a folder of the rules that imports from a higher one is named', () => {
  write('libs/rules/src/model/route.ts', `import type { RuleSet } from '../compile/ruleset.ts'`)
  write('libs/rules/src/compile/ruleset.ts', '')
  expect(violations(root)).toEqual([
    'libs/rules/src/model/route.ts: may not import libs/rules/src/compile/ruleset.ts, which is on a higher floor',
  ])
})

test('a file of the rules on no floor is named', () => {
  write('libs/rules/src/hop.ts', '')
  expect(violations(root)).toEqual([
    'libs/rules/src/hop.ts: its folder is not among the floors of libs/rules/src in tools/src/boundaries.ts',
  ])
})

test('two sources of a library with one name are named', () => {
  write('libs/rules/src/model/route.ts', '')
  write('libs/rules/src/compile/route.ts', '')
  expect(violations(root)).toEqual(['two files of one name: libs/rules/src/compile/route.ts, libs/rules/src/model/route.ts'])
})
