/** The Gateway API's form against the Gateway API's own declaration of it, which is in Go: a field that is not its own is an error. */
import { patience } from '@bookinfo/tools/eventually'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gatewayApi } from '../src/report/gateway-api.ts'
import { reportOf } from '../src/report/report.ts'
import type { Result } from '../src/run-check.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'gateway-api-schema-'))
const reader = join(folder, 'strict-report')

beforeAll(async () => {
  const source = fileURLToPath(new URL('support/strict-report', import.meta.url))
  await run('go', ['build', '-o', reader, '.'], { cwd: source })
}, 15 * patience)
afterAll(() => rmSync(folder, { recursive: true }))

async function read(text: string) {
  const file = join(folder, 'report.yaml')
  writeFileSync(file, text)
  return (await run(reader, [file])).stdout.trim()
}

const base = { profile: 'gateway-api' as const, title: 'T', features: ['Weights'], observations: [], duration: 1 }
const finding = { what: 'versions', pass: false, expected: '50 %', observed: '40 %' }
const results: Result[] = [
  { ...base, name: 'weights@gateway-api', outcome: 'passed', plan: { n: 5000, alpha: 1e-5, power: 0.9991 } },
  { ...base, name: 'mirror@gateway-api', features: ['Mirror'], outcome: 'failed', observations: [finding] },
  { ...base, name: 'retry@gateway-api', features: ['Retries'], outcome: 'unsupported', reason: 'not here' },
]
const target = { name: 'kube', options: '--target kube', versions: { kubernetes: 'v1' } }
const report = reportOf({ version: '1', startedAt: new Date().toISOString(), duration: 5, target, seed: 1, alpha: 0.001, results })

test('a report with every outcome is read, and means what it should', async () => {
  expect(JSON.parse(await read(gatewayApi(report)))).toMatchObject({
    kind: 'ConformanceReport',
    profiles: [{ name: 'MESH-HTTP', core: { result: 'failure', statistics: { Passed: 1, Failed: 1, Skipped: 1 } } }],
  })
})

test('a field that the declaration does not have is refused', async () => {
  await expect(read(gatewayApi(report).replace('mode: default', 'moods: default'))).rejects.toThrow(/unknown field "moods"/)
})
