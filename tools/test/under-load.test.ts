import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { knownEnv } from '../src/known-env.ts'
import { summary } from '../src/under-load.ts'

async function underLoad(...args: string[]) {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../src/under-load.ts', import.meta.url)), ...args], { env: knownEnv() })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, stdout }
}

test('a run is known by the line that counts its tests, wherever it stands', () => {
  expect(summary('a\n3 passed, 1 failed, 0 skipped\nnpm error\n')).toBe('3 passed, 1 failed, 0 skipped')
  expect(summary('a\nb\n')).toBe('b')
})

test('one red run among green ones is counted, and makes the command fail', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'under-load-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  // Red is the second run: the first has made the folder, which cannot be made twice.
  const { code, stdout } = await underLoad('--times', '2', '--loops', '1', '--', 'mkdir', join(folder, 'once'))
  expect(code).toBe(1)
  expect(stdout).toMatch(/^1: green, \d+ s, .*\n2: exit code 1, \d+ s, mkdir: .*\n1 of 2 green, with 1 busy loops\n$/)
})

test('without a command it says how it is used', async () => {
  expect(await underLoad('--times', '2')).toMatchObject({ code: 2, stdout: expect.stringMatching(/^Usage: npm run under-load/) })
})
