/** The environment of every process that a test starts: the same whatever shell the tests are typed in. */
import { join } from 'node:path'

/** Compiled code is most of what a start costs: kept between starts, here and not where users have theirs. */
const compileCache = join(import.meta.dirname, '../../node_modules/.cache/compiled')

/** Where programs are found and temporary files go, and `more`. Nothing else of the shell: no colours asked for or refused, no proxy, language, time zone, port or token. */
export const knownEnv = (more: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  ...(process.env['TMPDIR'] && { TMPDIR: process.env['TMPDIR'] }),
  NODE_COMPILE_CACHE: compileCache,
  ...more,
})
