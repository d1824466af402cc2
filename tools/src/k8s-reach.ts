/** How this machine speaks to a Service of a cluster. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from './k8s-run.ts'

/** Base address of a Service, and what ends the way there. */
export interface Way {
  url: string
  stop: () => Promise<void>
}

/** The load balancer's address or a node port where one of them answers, else a port-forward. @throws CommandError when there is no such Service. */
export async function reach(service: string, port: number, namespace: string): Promise<Way> {
  const json = async (...args: string[]) => JSON.parse((await run('kubectl', ['get', ...args, '-o', 'json'])).stdout)
  const { spec, status } = await json('service', service, '-n', namespace)
  const { items } = await json('nodes')
  const balancer = status.loadBalancer?.ingress?.[0]
  const nodePort = spec.ports.find((one: { port: number }) => one.port === port)?.nodePort
  const node = items[0]?.status.addresses.find(({ type }: { type: string }) => type === 'InternalIP')?.address
  const candidates = [
    [balancer?.ip ?? balancer?.hostname, port],
    [node, nodePort],
  ] as [string | undefined, number | undefined][]
  for (const [host, number] of candidates) {
    if (host && number && (await open(host, number))) return { url: `http://${host}:${number}`, stop: async () => {} }
  }
  return forward(service, port, namespace)
}

/** Retries a node that refuses for 20 s: in a cluster that has just started, its ports are not open yet. */
async function open(host: string, port: number): Promise<boolean> {
  for (let tries = 0; ; tries++) {
    const answer = await knock(host, port)
    if (answer !== 'refused' || tries >= 20) return answer === 'open'
    await sleep(1000)
  }
}

async function knock(host: string, port: number): Promise<'open' | 'refused' | 'silent'> {
  const socket = connect({ host, port, timeout: 2000 })
  return new Promise((resolve) => {
    const done = (answer: 'open' | 'refused' | 'silent') => {
      socket.destroy()
      resolve(answer)
    }
    socket
      .once('connect', () => done('open'))
      .once('timeout', () => done('silent'))
      .once('error', ({ code }: NodeJS.ErrnoException) => done(code === 'ECONNREFUSED' ? 'refused' : 'silent'))
  })
}

/** kubectl ends a port-forward when its pod goes or one connection breaks: it is begun again on the same port, until `stop`. */
export async function forward(service: string, port: number, namespace: string): Promise<Way> {
  let stopped = false
  let child: ChildProcess
  const begin = (local: string) =>
    new Promise<string>((resolve, reject) => {
      const args = ['port-forward', '-n', namespace, `service/${service}`, `${local}:${port}`]
      const started = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'inherit'] })
      child = started
      started.stdout.setEncoding('utf8').on('data', (text: string) => {
        const match = text.match(/127\.0\.0\.1:(\d+)/)
        if (match) resolve(match[1] ?? '')
      })
      started.once('error', reject)
      started.once('exit', () => {
        reject(new Error(`kubectl port-forward to ${service} ended`))
        if (!stopped && local) again(local)
      })
    })
  const again = (local: string) => setTimeout(() => !stopped && void begin(local).catch(() => undefined), 200)
  const local = await begin('')
  child!.once('exit', () => !stopped && again(local))
  const stop = async () => {
    stopped = true
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill()
    await once(child, 'close')
  }
  return { url: `http://127.0.0.1:${local}`, stop }
}
