/** Completion of `bookinfo`: what the shells get, and what bash makes of it. */
import { knownEnv } from '@bookinfo/tools/known-env'
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verbs } from '../src/cli/verbs.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const bin = mkdtempSync(join(tmpdir(), 'bookinfo-bin-'))
let small: SmallMesh
let env: NodeJS.ProcessEnv
beforeAll(async () => {
  small = await startSmallMesh()
  writeFileSync(join(bin, 'bookinfo'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`)
  chmodSync(join(bin, 'bookinfo'), 0o755)
  writeFileSync(join(bin, 'rules.yaml'), '')
  env = knownEnv({ PATH: `${bin}:${process.env['PATH']}`, CONSOLE_PORT: new URL(small.addresses.console).port })
})
afterAll(async () => {
  rmSync(bin, { recursive: true })
  await small.stop()
})

/** What the command tells a shell: words without their summaries. */
async function candidates(...words: string[]): Promise<string[]> {
  const { code, stdout } = await small.bookinfo(['__complete', ...words])
  expect(code).toBe(0)
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t')[0]!)
}

test('verbs, and those below a verb', async () => {
  const taken = verbs.filter(({ name, refused }) => refused === undefined && !name.includes(' ')).map(({ name }) => name)
  expect((await candidates('')).toSorted()).toEqual(taken.toSorted())
  expect(await candidates('ro')).toEqual(['rollout'])
  expect(await candidates('rollout', 's')).toEqual(['status'])
  expect(await candidates('-n', 'default', 'completion', '')).toEqual(['bash', 'zsh', 'fish'])
})

test('flags of the verb and their values', async () => {
  expect(await candidates('logs', '--pre')).toEqual(['--previous', '--prefix'])
  expect(await candidates('apply', '--dry-run=')).toEqual(['--dry-run=none', '--dry-run=server', '--dry-run=client'])
  expect(await candidates('get', '-o', 'ya')).toEqual(['yaml'])
  expect(await candidates('apply', '-f', '')).toEqual([':files'])
  expect(await candidates('logs', 'reviews-v1', '-c', '')).toEqual(['reviews', 'istio-proxy'])
})

test('kinds, and names of objects that are applied', async () => {
  expect(await candidates('get', 'virt')).toEqual(['virtualservices'])
  expect(await candidates('get', 'vs', '')).toEqual(['bookinfo'])
  expect(await candidates('describe', 'virtualservices/')).toEqual(['virtualservices/bookinfo'])
  expect(await candidates('get', 'deploy', 'reviews-v')).toEqual(['reviews-v1', 'reviews-v2', 'reviews-v3'])
})

test('pods and workloads that run', async () => {
  const pod = small.mesh.fleet.of('reviews-v2')[0]!.pod.name
  expect(await candidates('logs', 'reviews-v2')).toEqual([pod])
  expect(await candidates('exec', 'deploy/reviews-v2')).toEqual(['deploy/reviews-v2'])
  expect(await candidates('rollout', 'restart', 'deploy/rev')).toEqual(['deploy/reviews-v1', 'deploy/reviews-v2', 'deploy/reviews-v3'])
  expect(await candidates('exec', 'reviews-v2', '--', 'cu')).toEqual([':files'])
})

test('without a mesh there are verbs and flags, and no error', async () => {
  const { code, stdout, stderr } = await small.bookinfo(['__complete', 'get', 'vs', ''], '', { CONSOLE_PORT: '1' })
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' })
})

/** What bash would put in place of the last word of `line`. */
async function inBash(line: string): Promise<string[]> {
  const script = `
    source <(bookinfo completion bash)
    COMP_LINE=$1 COMP_POINT=\${#1}
    eval "$(complete -p bookinfo | sed 's/.*-F \\([^ ]*\\) .*/\\1/')"
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const bash = spawn('bash', ['--norc', '-c', script, 'bash', line], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(bash.stdout), text(bash.stderr)])
  expect(stderr).toBe('')
  return stdout.split('\n').filter((word) => word !== '')
}

test.each([
  ['bookinfo rollo', ['rollout']],
  ['bookinfo rollout ', ['restart', 'status']],
  ['bookinfo get vs b', ['bookinfo']],
  ['bookinfo get --output=ya', ['yaml']],
  ['bookinfo logs --prev', ['--previous']],
  ['bookinfo get deploy/reviews-v', ['deploy/reviews-v1', 'deploy/reviews-v2', 'deploy/reviews-v3']],
  [`bookinfo apply -f ${bin}/rul`, [`${bin}/rules.yaml`]],
])('bash completes %j', async (line, words) => {
  expect(await inBash(line)).toEqual(words)
})
