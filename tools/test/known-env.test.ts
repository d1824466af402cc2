import { expect, test, vi } from 'vitest'
import { knownEnv } from '../src/known-env.ts'

test('nothing of the shell goes on but where programs and temporary files are', () => {
  for (const name of ['FORCE_COLOR', 'NO_COLOR', 'CI', 'TZ', 'LANG', 'HOME', 'HTTP_PROXY', 'CONSOLE_PORT']) vi.stubEnv(name, 'of the shell')
  vi.stubEnv('TMPDIR', '/elsewhere')
  const env = knownEnv({ CONSOLE_PORT: '0' })
  vi.unstubAllEnvs()
  expect(env).toEqual({ PATH: process.env['PATH'], TMPDIR: '/elsewhere', CONSOLE_PORT: '0', NODE_COMPILE_CACHE: expect.any(String) })
})
