/** A whole mesh whose workloads are small, with its control API and collector, on free ports. */
import { knownEnv } from '@bookinfo/tools/known-env'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { AccessLog } from '../../src/access-log.ts'
import { startAround } from '../../src/around.ts'
import { EventStream } from '../../src/control/events.ts'
import { startingRules } from '../../src/control/library.ts'
import { exchangeTeller } from '../../src/control/publish.ts'
import { Stats } from '../../src/control/stats.ts'
import { startMesh, type MeshOptions } from '../../src/mesh.ts'
import { allReady } from '../../src/ready.ts'
import { SpanStore } from '../../src/zipkin/span-store.ts'

const workload = fileURLToPath(new URL('./small-workload.ts', import.meta.url))
const typeLines = fileURLToPath(new URL('./type-lines.ts', import.meta.url))
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

export async function startSmallMesh(options: Partial<MeshOptions> = {}) {
  const store = new SpanStore()
  const stats = new Stats()
  const accessLog = new AccessLog()
  const events = new EventStream()
  const tell = exchangeTeller(events)
  const closing: (() => Promise<void> | void)[] = []
  const mesh = await startMesh({
    gatewayPort: 0,
    env: knownEnv(),
    logLevel: 'warn',
    tracing: { sample: () => true, reporter: store },
    main: () => workload,
    backOffMs: 50,
    onEnd(record) {
      stats.record(record)
      accessLog.sent(record)
      tell(record)
    },
    onArrival: (arrival) => accessLog.arrived(arrival),
    onConnection: (connection) => stats.opened(connection),
    onConnectionEnd(connection) {
      stats.ended(connection)
      accessLog.passed(connection.record)
    },
    ...options,
  })
  closing.push(() => mesh.stop())
  const { remote } = options
  const config = { CONSOLE_PORT: 0, ZIPKIN_PORT: 0, zipkinPortFixed: true, remote }
  const addresses = await startAround({ mesh, stats, accessLog, events, config, store, collector: undefined, closing })
  mesh.rules.apply([startingRules()])
  await allReady(mesh.fleet)
  return {
    mesh,
    store,
    stats,
    accessLog,
    addresses,
    /** Starts `bookinfo` as a user would. */
    start: (args: string[], env: Record<string, string> = {}) =>
      spawn(process.execPath, [cli, ...args], { env: knownEnv({ CONSOLE_PORT: new URL(addresses.console).port, ...env }) }),
    /** Runs `bookinfo` to its end. */
    async bookinfo(args: string[], input = '', env: Record<string, string> = {}) {
      const child = this.start(args, env)
      child.stdin.end(input)
      const code = new Promise<number | null>((resolve) => child.once('close', resolve))
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
      return { code: await code, stdout, stderr }
    },
    /** Runs many command lines in one process, one after the other: much faster than a process each. */
    async type(
      lines: readonly (readonly string[])[],
      env: Record<string, string> = {},
    ): Promise<{ code: number; stdout: string; stderr: string }[]> {
      const folder = mkdtempSync(join(tmpdir(), 'bookinfo-type-'))
      const file = join(folder, 'results.json')
      try {
        const child = spawn(process.execPath, [typeLines, file], {
          env: knownEnv({ CONSOLE_PORT: new URL(addresses.console).port, ...env }),
          stdio: ['pipe', 'ignore', 'pipe'],
        })
        child.stdin.end(JSON.stringify(lines))
        const stderr = await text(child.stderr)
        if (stderr !== '') throw new Error(stderr)
        return JSON.parse(readFileSync(file, 'utf8')) as { code: number; stdout: string; stderr: string }[]
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
    async stop() {
      for (const close of closing.toReversed()) await close()
    },
  }
}

export type SmallMesh = Awaited<ReturnType<typeof startSmallMesh>>
