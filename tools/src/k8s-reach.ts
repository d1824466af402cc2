/** How this machine speaks to a Service of a cluster. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
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

async function open(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: 2000 })
  return new Promise((resolve) => {
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket
      .once('connect', () => done(true))
      .once('timeout', () => done(false))
      .once('error', () => done(false))
  })
}

async function forward(service: string, port: number, namespace: string): Promise<Way> {
  const child = spawn('kubectl', ['port-forward', '-n', namespace, `service/${service}`, `:${port}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const local = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const match = text.match(/127\.0\.0\.1:(\d+)/)
      if (match) resolve(match[1] ?? '')
    })
    child.once('exit', () => reject(new Error(`kubectl port-forward to ${service} ended`)))
  })
  const stop = async () => {
    child.kill()
    await once(child, 'close')
  }
  return { url: `http://127.0.0.1:${local}`, stop }
}
