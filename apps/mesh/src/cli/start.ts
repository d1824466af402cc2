/** `start`: the mesh itself, as `npm start` runs it. */
import type { Typed } from './flag-reader.ts'

/** Hands the mesh its options, and returns once it is up: the mesh runs on until a signal ends it. */
export async function start(typed: Typed): Promise<number> {
  const switches = ['bare', 'access-log', 'logs'].filter((name) => typed.on(name)).map((name) => `--${name}`)
  const texts = ['state', 'set'].flatMap((name) => typed.list(name).map((value) => `--${name}=${value}`))
  process.argv.splice(2, Infinity, ...switches, ...texts)
  await import('../start.ts')
  return 0
}
