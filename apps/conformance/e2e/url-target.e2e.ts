/** `--target url`: a mesh that is known by its gateway's address and two commands. Here it is the local mesh, by its own command line. */
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
import { loadCatalog } from '../src/catalog.ts'
import type { Report } from '../src/report/report.ts'
import { startProbed } from './support/meshes.ts'

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'conformance-url-'))
let mesh: RunningMesh

beforeAll(async () => {
  mesh = await startProbed()
})
afterAll(async () => {
  await mesh.stop()
  rmSync(folder, { recursive: true })
})

async function run(...args: string[]) {
  const commands = ['--apply', 'npx bookinfo apply -f {file}', '--delete', 'npx bookinfo delete --ignore-not-found -f {file}']
  const child = spawn(process.execPath, [cli, 'run', '--target', 'url', '--gateway', mesh.gateway, ...commands, ...args], {
    env: knownEnv({ CONSOLE_PORT: new URL(mesh.console).port }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

const objects = async () => {
  const list = (await (await fetch(`${mesh.console}/api/objects`)).json()) as { name: string }[]
  return list.map(({ name }) => name)
}

test('one check of every feature passes, by both APIs, and nothing is left behind', { timeout: 60 * patience }, async () => {
  const before = await objects()
  const catalog = await loadCatalog()
  // What such a target has: a gateway and spans. Logs, sidecars, localities and certificates have to be configured.
  const askable = catalog.filter(({ definition }) =>
    (definition.needs ?? []).every((need) => ['gateway', 'zipkin', 'external-host'].includes(need)),
  )
  const features = new Set(askable.flatMap(({ definition }) => definition.features))
  const checks = new Set([...features].map((feature) => askable.find(({ definition }) => definition.features.includes(feature))!.check))
  const output = join(folder, 'report.json')
  const chosen = [...checks].flatMap((check) => ['--check', check])
  const { code, stderr } = await run(
    '--zipkin',
    mesh.zipkin,
    '--settle',
    '0',
    '--seed',
    '1',
    '--format',
    'json',
    '--output',
    output,
    ...chosen,
  )
  const { results } = JSON.parse(readFileSync(output, 'utf8')) as Report
  expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(new Set(results.flatMap((result) => result.features))).toEqual(features)
  expect(features.size).toBeGreaterThanOrEqual(35)
  expect(new Set(results.map(({ profile }) => profile))).toEqual(new Set(['istio', 'gateway-api']))
  expect(await objects()).toEqual(before)
})

test('the way in to the probes can be written in the Gateway API too', async () => {
  await mesh.apply(readFileSync(new URL('../../../k8s/gateway-api/bookinfo-gateway.yaml', import.meta.url), 'utf8'))
  const { code, stdout } = await run('--settle', '0', '--profile', 'gateway-api', '--check', 'header-exact', '--seed', '1')
  expect(stdout).toContain('✓ header-exact@gateway-api')
  expect(code).toBe(0)
})

test('what such a mesh cannot be asked is unsupported, with the reason', async () => {
  const { code, stdout } = await run('--check', 'trace-page', '--check', 'injection', '--check', 'access-log')
  expect(stdout).toContain('no --zipkin was given')
  expect(stdout).toContain('shows no sidecar')
  expect(stdout).toContain('shows no log')
  expect(code).toBe(0)
})

test('a command that fails stops the run with its own words', async () => {
  const { code, stderr } = await run('--apply', 'echo no such mesh >&2; exit 3 # {file}', '--check', 'timeout-none')
  expect(code).toBe(2)
  expect(stderr).toMatch(/^bookinfo-conformance: .*no such mesh/)
})
