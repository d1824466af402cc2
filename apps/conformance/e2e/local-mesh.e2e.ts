/** The whole suite on the right mesh, as a user runs it. */
import { patience } from '@bookinfo/tools/eventually'
import type { RunningMesh } from '@bookinfo/tools/mesh-process'
import { knownEnv } from '@bookinfo/tools/known-env'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Report } from '../src/report/report.ts'
import { startProbed } from './support/meshes.ts'

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
let mesh: RunningMesh

beforeAll(async () => {
  mesh = await startProbed()
})
afterAll(async () => {
  await mesh.stop()
  rmSync(folder, { recursive: true })
})

function start(...args: string[]) {
  const child = spawn(process.execPath, [cli, ...args], {
    env: knownEnv({ CONSOLE_PORT: new URL(mesh.console).port }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return {
    child,
    over: Promise.all([ended, text(child.stdout), text(child.stderr)]).then(([code, stdout, stderr]) => ({ code, stdout, stderr })),
  }
}

const applied = async () => {
  const objects = (await (await fetch(`${mesh.console}/api/objects`)).json()) as { name: string }[]
  return objects.map(({ name }) => name).filter((name) => name.startsWith('conformance'))
}

test(
  'every check passes or is unsupported by name, and leaves nothing behind',
  async () => {
    const output = join(folder, 'report.json')
    const { code, stdout } = await start('run', '--seed', '1', '--format', 'json', '--output', output, '--max-unsupported', '1').over
    const report = JSON.parse(readFileSync(output, 'utf8')) as Report
    const failed = report.results.filter(({ outcome }) => outcome === 'failed')
    expect(failed).toEqual([])
    expect(code).toBe(0)
    expect(report.results.filter(({ outcome }) => outcome === 'unsupported').map(({ name }) => name)).toEqual(['injection'])
    expect(report.counts.passed).toBeGreaterThanOrEqual(140)
    expect(await applied()).toEqual([])
    expect(stdout).toContain('none failed')

    const forms = Object.fromEntries(
      await Promise.all(
        ['junit', 'markdown', 'gateway-api'].map(async (format) => [
          format,
          (await start('report', output, '--format', format).over).stdout,
        ]),
      ),
    ) as Record<string, string>
    expect(forms['junit']).toContain(`tests="${report.results.length}" failures="0"`)
    expect(forms['markdown']).toContain('| weights-50-50 | passed |')
    expect(parse(forms['gateway-api']!)).toMatchObject({
      kind: 'ConformanceReport',
      profiles: [{ name: 'MESH-HTTP', core: { result: 'success' } }],
    })
  },
  60 * patience,
)

test('Ctrl-C removes what was applied, and says so by its exit code', async () => {
  const { child, over } = start('run', '--check', 'timeout-none', '--check', 'weights-50-50', '--check', 'fault-delay-share', '--seed', '2')
  await expect.poll(applied, { interval: 20 }).not.toEqual([])
  child.kill('SIGINT')
  expect((await over).code).toBe(130)
  expect(await applied()).toEqual([])
})

test('a mesh that is not there is one clear line, exit 2', async () => {
  const { code, stderr } = await start('run', '--console', 'http://localhost:1').over
  expect(code).toBe(2)
  expect(stderr).toMatch(/^bookinfo-conformance: no local mesh at http:\/\/localhost:1 .*BOOKINFO_PROBE=on npm start/)
})

test('more unsupported checks than --max-unsupported fail the run', async () => {
  const { code, stderr } = await start('run', '--check', 'injection', '--max-unsupported', '0').over
  expect(code).toBe(1)
  expect(stderr).toContain('1 checks are unsupported')
})

test('list and describe tell what there is', async () => {
  expect((await start('list', '--feature', 'Mirror').over).stdout.trim().split('\n')).toHaveLength(13)
  const { stdout } = await start('describe', 'weights-50-50').over
  expect(stdout).toMatch(/samples: n = \d+, α = \S+ a test, power 0\.999/)
  expect(stdout).toContain('kind: VirtualService')
})

test('a selection without any check does not pass', async () => {
  const { code, stderr } = await start('run', '--check', 'cors', '--feature', 'Weights').over
  expect(code).toBe(2)
  expect(stderr).toContain('no check matches --check, --feature and --profile together')
})

test('an unknown check is named', async () => {
  const { code, stderr } = await start('run', '--check', 'nonsense').over
  expect(code).toBe(2)
  expect(stderr).toContain('there is no check nonsense')
})
