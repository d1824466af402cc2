/** Does a service that is stopped under load lose a request? Two replicas behind a balancer that watches `/readyz`, as in a cluster. */
import { Agent, request } from 'node:http'
import { eventually } from './eventually.ts'
import { startService, type ServiceProcess } from './service-process.ts'

interface DrainResult {
  answered: number
  /** One line per request that got no whole answer, or one with a status of 500 and more. */
  lost: string[]
  exitCode: number | NodeJS.Signals | null
  /** Answers of the replica that was stopped, after the signal: 0 would mean that nothing was tested. */
  answeredWhileDraining: number
}

/**
 * Sends GETs for `path` over 16 connections, asks one of two replicas of `main` to stop, and tells what became of each request.
 * Every step waits for what it needs, not for a time: the drain delay lasts until the balancer has seen it.
 */
export async function drainUnderLoad(main: string, path: string, env: Record<string, string> = {}): Promise<DrainResult> {
  const replicas = await Promise.all([1, 2].map(() => startService(main, { LOG_LEVEL: 'warn', DRAIN_DELAY_MS: '300000', ...env })))
  const [leaving, staying] = replicas as [ServiceProcess, ServiceProcess]
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const result: DrainResult = { answered: 0, lost: [], exitCode: null, answeredWhileDraining: 0 }
  let balanced = replicas
  let stopping = false
  /** Requests that the leaving replica has not answered yet. */
  let open = 0
  const over = new AbortController()
  let turn = 0

  const client = async () => {
    while (!over.signal.aborted) {
      const replica = balanced[turn++ % balanced.length] as ServiceProcess
      if (replica === leaving) open++
      try {
        const status = await get(agent, replica.url + path)
        if (status >= 500) result.lost.push(`status ${status}`)
        result.answered++
        if (stopping && replica === leaving) result.answeredWhileDraining++
      } catch (error) {
        result.lost.push(`${replica === leaving ? 'leaving' : 'staying'} replica: ${String(error)}`)
      }
      if (replica === leaving) open--
    }
  }
  const clients = Array.from({ length: 16 }, client)
  const until = (what: string, met: () => boolean | Promise<boolean>) =>
    eventually(async () => {
      if (!(await met())) throw new Error(`${main}: never ${what}; lost: ${result.lost.slice(0, 5).join(', ')}`)
    })

  await until('100 answers', () => result.answered >= 100)
  leaving.child.kill('SIGTERM')
  stopping = true
  await until('draining', async () => !(await fetch(`${leaving.url}/readyz`)).ok && result.answeredWhileDraining > 0)
  balanced = [staying]
  await until('left by all', () => open === 0)
  result.exitCode = await leaving.stop('SIGINT')
  const before = result.answered
  await until('100 more answers', () => result.answered >= before + 100)
  over.abort()
  await Promise.all(clients)
  agent.destroy()
  await staying.stop('SIGINT')
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
