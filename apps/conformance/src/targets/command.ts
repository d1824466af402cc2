/** Commands of the system, with a limit and their own words when they fail. */
import { spawn, type ChildProcessByStdio, type SpawnOptionsWithStdioTuple } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { limits } from '../eventually.ts'

/** Runs `command` and returns its output. @throws Error with its stderr */
export const run = (command: string, args: readonly string[], input = ''): Promise<string> =>
  outputOf(spawn(command, args, options), `${command} ${args.join(' ')}`, input)

/** Runs a line of the system's own shell: /bin/sh, or cmd.exe on Windows. @throws Error with its stderr */
export const runInShell = (line: string): Promise<string> => outputOf(spawn(line, { ...options, shell: true }), line, '')

/** A path as one word of a line for `runInShell`. */
export const quoted = (path: string): string => (process.platform === 'win32' ? `"${path}"` : `'${path.replaceAll("'", "'\\''")}'`)

const options: SpawnOptionsWithStdioTuple<'pipe', 'pipe', 'pipe'> = { stdio: ['pipe', 'pipe', 'pipe'], timeout: limits.command }

async function outputOf(child: ChildProcessByStdio<Writable, Readable, Readable>, line: string, input: string): Promise<string> {
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`${line}: ${err.trim() || `exit ${code}`}`)
  return out
}

/** What a mesh says that it does not implement, where that is why it refuses: in the words of Kubernetes' API and of the local mesh. */
export const notImplemented = (complaint: string): string | undefined =>
  /unknown field "[^"]+"|no matches for kind "[^"]+"|[^\n]*not supported by the local mesh[^\n]*/.exec(complaint)?.[0]
