/** `diff`: what `apply` would change. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { filesOf } from './manifest-files.ts'
import type { KubeObject } from '../control/kube-object.ts'
import type { Outcome } from './apply.ts'
import { asYaml } from './print/formats.ts'
import { unifiedDiff } from './unified-diff.ts'

/** 0 when nothing would change, 1 when something would; 2 when that could not be found out. */
export async function diff(typed: Typed): Promise<number> {
  try {
    return await compare(typed)
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 2
  }
}

interface Version {
  file: string
  live: string
  merged: string
}

async function compare(typed: Typed): Promise<number> {
  if (typed.words.length > 0) throw new CliError(`error: Unexpected args: ${JSON.stringify(typed.words)}`)
  const files = await filesOf(typed)
  const { namespace } = typed
  const { changes } = await ask<Outcome>('POST', '/api/apply', { files, dryRun: true, namespace })
  const versions = await Promise.all(changes.filter(({ action }) => action !== 'unchanged').map(versionOf))
  return versions.length === 0 ? 0 : show(versions)
}

/** An object as it is applied, and as it would be, both as `get -o yaml` shows them. */
async function versionOf({ apiVersion, kind, plural, namespace, name, raw }: Outcome['changes'][number]): Promise<Version> {
  const query = new URLSearchParams({ namespace, name })
  const { items } = await ask<{ items: KubeObject[] }>('GET', `/api/resources/${plural}?${query}`)
  const [live] = items
  // What the server adds is the same in both.
  const { labels: _labels, annotations: _annotations, ...added } = live?.metadata ?? {}
  const merged = { ...raw, metadata: { ...added, ...raw.metadata, namespace }, ...(live?.status !== undefined && { status: live.status }) }
  return {
    file: `${apiVersion.replace('/', '.')}.${kind}.${namespace}.${name}`,
    live: live ? await asYaml(live) : '',
    merged: await asYaml(merged),
  }
}

async function show(versions: readonly Version[]): Promise<number> {
  const [live, merged] = [mkdtempSync(join(tmpdir(), 'LIVE-')), mkdtempSync(join(tmpdir(), 'MERGED-'))]
  try {
    for (const version of versions) {
      if (version.live !== '') writeFileSync(join(live, version.file), version.live, { mode: 0o600 })
      writeFileSync(join(merged, version.file), version.merged, { mode: 0o600 })
    }
    const [program = '', ...options] = programOf(process.env['KUBECTL_EXTERNAL_DIFF'])
    const code = await run(program, [...options, live, merged])
    if (code !== undefined) return code
    if (process.env['KUBECTL_EXTERNAL_DIFF']) throw new CliError(`error: executable ${program}, of KUBECTL_EXTERNAL_DIFF, is not on PATH`)
    for (const version of versions)
      process.stdout.write(unifiedDiff(version.live, version.merged, join(live, version.file), join(merged, version.file)))
    return 1
  } finally {
    for (const folder of [live, merged]) rmSync(folder, { recursive: true })
  }
}

/** Options of the variable are kept when they are made of letters, digits, - and =, as kubectl does it. */
function programOf(external: string | undefined): string[] {
  const [program, ...options] = (external ?? '').split(' ').filter((word) => word !== '')
  return program === undefined ? ['diff', '-u', '-N'] : [program, ...options.filter((option) => /^[a-zA-Z0-9-=]+$/.test(option))]
}

/** Its exit code; undefined when there is no such program. */
async function run(program: string, args: readonly string[]): Promise<number | undefined> {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  try {
    const [code] = (await once(child, 'close')) as [number | null]
    return code ?? 2
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new CliError(`error: ${program} did not start: ${(error as Error).message}`)
  }
}
