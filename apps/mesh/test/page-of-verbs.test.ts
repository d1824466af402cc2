/** docs/cli.md, and that no verb or flag of kubectl's is missing in the table it is made of. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { flagsOf } from '../src/cli/find-verb.ts'
import { globalFlags } from '../src/cli/common-flags.ts'
import { pageFile, verbPage } from '../src/cli/verb-page.ts'
import { verbs } from '../src/cli/verbs.ts'

const kubectl = JSON.parse(readFileSync(new URL('./helpers/kubectl-verbs.json', import.meta.url), 'utf8')) as Record<string, string[]>

test('docs/cli.md is what the table of verbs says; else: node apps/mesh/src/cli/verb-page.ts', () => {
  expect(readFileSync(pageFile, 'utf8')).toBe(verbPage())
})

/** Whether a verb, or the one above it, is refused as a whole. */
const isRefused = (name: string) => verbs.some((verb) => verb.refused !== undefined && `${name} `.startsWith(`${verb.name} `))

test('every verb of kubectl works or is refused', () => {
  const names = Object.keys(kubectl).filter((name) => name !== '')
  expect(names.length).toBeGreaterThan(100)
  expect(names.filter((name) => !isRefused(name) && !verbs.some((verb) => verb.name === name))).toEqual([])
})

test('so does every flag of those that work', () => {
  const missing = Object.entries(kubectl).flatMap(([name, flags]) => {
    const verb = verbs.find((each) => each.name === name)
    const known = new Set((verb ? flagsOf(verb) : globalFlags).map((flag) => flag.name))
    return isRefused(name) ? [] : flags.filter((flag) => !known.has(flag)).map((flag) => `${name} --${flag}`)
  })
  expect(missing).toEqual([])
})

test('every refusal says in one line what to do or how it is here', () => {
  const reasons = [...verbs, ...verbs.flatMap((verb) => verb.flags ?? []), ...globalFlags].flatMap(({ refused }) => refused ?? [])
  expect(reasons.length).toBeGreaterThan(100)
  for (const reason of reasons) expect(reason).toMatch(/^[^\n]{10,160}$/)
})
