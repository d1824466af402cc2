/** Commands of the system, with a limit and their own words when they fail. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { limits } from '../eventually.ts'

/** Runs `command`; what it prints. @throws Error with its stderr */
export async function run(command: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: limits.command })
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${err.trim() || `exit ${code}`}`)
  return out
}

/** What a mesh says that it does not implement, where that is why it refuses: in the words of Kubernetes' API and of the local mesh. */
export const notImplemented = (complaint: string): string | undefined =>
  /unknown field "[^"]+"|no matches for kind "[^"]+"|[^\n]*not supported by the local mesh[^\n]*/.exec(complaint)?.[0]
