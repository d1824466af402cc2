/** Builds a kustomization, by the program of it that is on PATH. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { CliError } from './cli-error.ts'

/** In this order: kubectl has kustomize inside. */
const builders = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
] as const

/** The manifests of the kustomization in `folder`. @throws CliError with the program's own words, or when there is none. */
export async function buildKustomization(folder: string): Promise<string> {
  for (const [program, verb] of builders) {
    const built = await run(program, [verb, folder])
    if (!built) continue
    if (built.code === 0) return built.stdout
    throw new CliError(plain(built.stderr) || `error: ${program} ${verb} ${folder} exited with ${built.code}`)
  }
  throw new CliError(
    `error: -k needs kubectl or kustomize on PATH, and neither is there: build where one is, and pipe: kubectl kustomize ${folder} | bookinfo apply -f -`,
  )
}

/** kubectl tells some failures by its log: `E1127 … "command failed" err="REASON"`. */
function plain(stderr: string): string {
  const [, reason] = /^E\d{4} .*? err="(.*)"$/m.exec(stderr) ?? []
  return reason === undefined ? stderr.trimEnd() : `error: ${reason.replaceAll('\\"', '"')}`
}

/** Undefined when there is no such program. */
async function run(program: string, args: string[]): Promise<{ code: number | null; stdout: string; stderr: string } | undefined> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  const [stdout, stderr, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    closed.then(
      ([given]: unknown[]) => given as number | null,
      (error: NodeJS.ErrnoException) => error.code,
    ),
  ])
  if (code === 'ENOENT' || code === 'EACCES') return undefined
  if (typeof code === 'string') throw new CliError(`error: ${program} did not start: ${code}`)
  return { code: code ?? null, stdout, stderr }
}
