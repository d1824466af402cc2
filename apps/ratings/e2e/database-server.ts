/** A database that tests start, freeze and kill, and what ratings must do meanwhile. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceProcess } from '@bookinfo/tools/service-process'
import { expect } from 'vitest'

export interface DatabaseServer {
  port: number
  /** Starts it on its port, with what it held before where it keeps that on disk. */
  start(): Promise<void>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** kill -9. */
  kill(): Promise<void>
}

/** A server that is `command`, once `port` of 127.0.0.1 takes connections. */
export function serverOf(port: number, command: readonly [string, ...string[]], options: SpawnOptions): DatabaseServer {
  let child: ChildProcess | undefined
  return {
    port,
    async start() {
      const [program, ...rest] = command
      let written = ''
      const started = spawn(program, rest, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
      for (const stream of [started.stdout, started.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (written += chunk))
      child = started
      while (!(await accepts(port))) {
        if (started.exitCode !== null || started.signalCode !== null) throw new Error(`${program} ended: ${written}`)
        await sleep(50)
      }
    },
    signal: (signal) => void child?.kill(signal),
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'close')
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function accepts(port: number) {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Status and body of `GET /ratings/7`, and the milliseconds that it took. */
export async function read(service: ServiceProcess) {
  const before = performance.now()
  const response = await fetch(`${service.url}/ratings/7`)
  const body: unknown = await response.json()
  return { answer: { status: response.status, body }, ms: performance.now() - before }
}

export const stars = (Reviewer1: number, Reviewer2: number) => ({ status: 200, body: { id: 7, ratings: { Reviewer1, Reviewer2 } } })
export const notLoaded = { status: 500, body: { error: 'could not load ratings from database' } }
const unreachable = { status: 500, body: { error: 'could not connect to ratings database' } }

/** Sends requests until one is answered 200, for at most 10 s. */
async function recovered(service: ServiceProcess) {
  await expect.poll(async () => (await read(service)).answer.status, { interval: 200 }).toBe(200)
}

/** Killed, the database is missed within 3 s; back again, it is found again, by the same process. */
export async function expectRecoveryFromDeath(
  service: ServiceProcess,
  database: DatabaseServer,
  fill: () => Promise<void> = async () => {},
) {
  expect((await read(service)).answer.status).toBe(200)
  await database.kill()
  for (let turn = 0; turn < 3; turn++) {
    const { answer, ms } = await read(service)
    expect(answer).toEqual(unreachable)
    expect(ms).toBeLessThan(3000)
  }
  await database.start()
  await fill()
  await recovered(service)
}

/** A database that takes connections but does not answer is given up within 5 s: 2 to connect and 2 to answer. */
export async function expectRecoveryFromFreeze(service: ServiceProcess, database: DatabaseServer) {
  expect((await read(service)).answer.status).toBe(200)
  database.signal('SIGSTOP')
  try {
    for (let turn = 0; turn < 3; turn++) {
      const { answer, ms } = await read(service)
      expect(answer).toEqual(unreachable)
      expect(ms).toBeLessThan(5000)
    }
    const { answer, ms } = await atOnce(service, 40)
    expect(answer).toEqual([unreachable])
    expect(ms).toBeLessThan(7000)
  } finally {
    database.signal('SIGCONT')
  }
  await recovered(service)
}

/** The different answers to `count` requests at once. */
export async function atOnce(service: ServiceProcess, count: number) {
  const before = performance.now()
  const answers = await Promise.all(Array.from({ length: count }, async () => (await read(service)).answer))
  const different = new Map(answers.map((answer) => [JSON.stringify(answer), answer]))
  return { answer: [...different.values()], ms: performance.now() - before }
}

export async function expectPostRefused(service: ServiceProcess) {
  const response = await fetch(`${service.url}/ratings/7`, { method: 'POST', body: '{"Reviewer1":1}' })
  expect({ status: response.status, body: await response.json() }).toEqual({
    status: 501,
    body: { error: 'Post not implemented for database backed ratings' },
  })
}
