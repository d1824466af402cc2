/** Does a service that is told to stop under load lose a request? Two replicas behind a balancer that watches `/readyz`, as a cluster has it. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { startService, type ServiceProcess } from './service-process.ts'

interface DrainResult {
  answered: number
  /** One line a request that got no whole answer, or one with a status of 500 and more. */
  lost: string[]
  exitCode: number | null
  /** Answers of the replica that was stopped, after it was told so: none would mean that nothing was tested. */
  answeredWhileDraining: number
}

/** Long enough for the balancer to notice on a machine that is busy with other things. */
const drainDelayMs = '3000'

/** Sends GETs for `path` over 16 connections, stops one of two replicas of `main` half-way, and tells what became of each request. */
export async function drainUnderLoad(main: string, path: string, env: Record<string, string> = {}): Promise<DrainResult> {
  const replicas = await Promise.all([1, 2].map(() => startService(main, { LOG_LEVEL: 'warn', DRAIN_DELAY_MS: drainDelayMs, ...env })))
  const [leaving, staying] = replicas as [ServiceProcess, ServiceProcess]
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const result: DrainResult = { answered: 0, lost: [], exitCode: null, answeredWhileDraining: 0 }
  let balanced = replicas
  let told = false
  const run = new AbortController()
  let turn = 0

  const client = async () => {
    while (!run.signal.aborted) {
      const replica = balanced[turn++ % balanced.length] as ServiceProcess
      try {
        const status = await get(agent, replica.url + path)
        if (status >= 500) result.lost.push(`status ${status}`)
        result.answered++
        if (told && replica === leaving) result.answeredWhileDraining++
      } catch (error) {
        result.lost.push(`${replica === leaving ? 'leaving' : 'staying'} replica: ${String(error)}`)
      }
    }
  }
  const watch = async () => {
    while (!run.signal.aborted && balanced.length > 1) {
      const response = await fetch(`${leaving.url}/readyz`)
      if (!response.ok) balanced = [staying]
      await sleep(50)
    }
  }

  const clients = [...Array.from({ length: 16 }, client), watch()]
  const answers = async (count: number) => {
    for (const enough = result.answered + count; result.answered < enough;) await sleep(10)
  }
  await answers(200)
  told = true
  result.exitCode = await leaving.stop()
  await answers(200)
  run.abort()
  await Promise.all(clients)
  agent.destroy()
  await staying.stop()
  return result
}

const get = (agent: Agent, url: string) =>
  new Promise<number>((resolve, reject) => {
    const outgoing = request(url, { agent }, (answer) => {
      answer.on('end', () => resolve(answer.statusCode ?? 0)).on('error', reject)
      answer.resume()
    })
    outgoing.on('error', reject).end()
  })
