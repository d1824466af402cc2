/** JUnit's XML against the schema that its readers go by: junit-10.xsd of Jenkins' xUnit plugin, as pytest's source archive carries it. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { junit } from '../src/report/junit.ts'
import { reportOf } from '../src/report/report.ts'
import type { Result } from '../src/run-check.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'junit-schema-'))
afterAll(() => rmSync(folder, { recursive: true }))

const validate = `
import glob, sys, tarfile, xmlschema
with tarfile.open(glob.glob('pytest-*.tar.gz')[0]) as archive:
    name = next(n for n in archive.getnames() if n.endswith('/junit-10.xsd'))
    schema = archive.extractfile(name).read().decode()
print([str(e.reason) for e in xmlschema.XMLSchema(schema).iter_errors('report.xml')])
`

test('a report with every outcome is valid', async () => {
  const base = { profile: 'istio' as const, title: 'T', features: ['F'], observations: [], duration: 1 }
  const plan = { n: 5000, alpha: 1e-5, power: 0.9991 }
  const finding = { what: '<&"\u0000>', pass: false, expected: '1', observed: '2' }
  const results: Result[] = [
    { ...base, name: 'passed', outcome: 'passed' },
    { ...base, name: 'sampled', outcome: 'passed', plan },
    { ...base, name: 'failed', outcome: 'failed', plan, observations: [finding] },
    { ...base, name: 'broken', outcome: 'failed', reason: 'broken' },
    { ...base, name: 'unsupported', outcome: 'unsupported', reason: 'not here' },
  ]
  const target = { name: 'kube', options: '--target kube', versions: { kubernetes: 'v1' } }
  const report = reportOf({ version: '1', startedAt: new Date().toISOString(), duration: 5, target, seed: 1, alpha: 0.001, results })
  writeFileSync(join(folder, 'report.xml'), junit(report))
  const here = { cwd: folder }
  await run('python3', ['-m', 'venv', 'python'], here)
  await run('python/bin/pip', ['install', '--quiet', 'xmlschema==4.1.0'], here)
  await run('python/bin/pip', ['download', '--quiet', 'pytest==8.3.4', '--no-deps', '--no-binary', ':all:'], here)
  const { stdout } = await run('python/bin/python', ['-c', validate], here)
  expect(stdout.trim()).toBe('[]')
})
