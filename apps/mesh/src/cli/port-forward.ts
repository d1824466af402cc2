/** `port-forward`: ports of this machine that lead to a pod, past its proxy, or to the gateway; until Ctrl-C. */
import { connect, createServer, isIP, type AddressInfo, type Server, type Socket } from 'node:net'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { podsMeant, podsOf, type Meant, type Status } from './pod-words.ts'
import { servicePort } from '../topology.ts'

interface Ports {
  /** 0 is any free one. */
  local: number
  remote: number
}

/** How often the pod is looked for while it is forwarded to (ms). */
const lookEveryMs = 1000

/** `port-forward TYPE/NAME [LOCAL:]REMOTE…` */
export async function portForward(typed: Typed): Promise<number> {
  const [target, ...words] = typed.words
  if (target === undefined || words.length === 0) throw new CliError('error: TYPE/NAME and list of ports are required for port-forward')
  const meant = await podsMeant(target, typed.namespace)
  const wanted = words.map((word) => readPorts(word, meant))
  const addresses = typed.list('address').length > 0 ? typed.list('address').flatMap(addressesOf) : addressesOf('localhost')
  const servers: Server[] = []
  const sockets = new Set<Socket>()
  const close = () => {
    for (const server of servers) server.close()
    for (const socket of sockets) socket.destroy()
  }
  const ended = waitForEnd(meant)
  try {
    for (const ports of wanted) servers.push(...(await forward(ports, addresses, placeOf(meant, ports.remote), sockets)))
    return await ended.over
  } finally {
    ended.stop()
    close()
  }
}

/** `8080:9080`, `9080`, `:9080`, and names of ports, `8080:http`. */
function readPorts(word: string, meant: Meant): Ports {
  const parts = word.split(':')
  const [first = '', second = first] = parts
  const remote = remotePort(second, meant)
  const local = parts.length === 1 ? (/^\d+$/.test(first) ? Number(first) : remote) : first === '' ? 0 : Number(first)
  if (parts.length > 2 || !/^\d*$/.test(parts.length === 2 ? first : '') || local > 65_535)
    throw new CliError(`error: invalid port format "${word}": expected [LOCAL:]REMOTE, such as 8080:9080`)
  return { local, remote }
}

const gatewayPorts: Readonly<Record<string, number>> = { http2: 80, http: 80, https: 443 }

function remotePort(text: string, meant: Meant): number {
  if (meant.kind === 'gateway') {
    const port = gatewayPorts[text] ?? Number(text)
    if (port === 80 || port === 8080 || ((port === 443 || port === 8443) && meant.status.gatewayTls !== null)) return port
    throw new CliError(
      port === 443 || port === 8443
        ? 'error: the gateway does not speak TLS now: apply a Gateway that has a server with protocol HTTPS'
        : `error: Service istio-ingressgateway does not have a service port ${text}: it has 80, and 443 while a Gateway asks for TLS`,
    )
  }
  const [{ pod } = { pod: undefined }] = meant.pods
  const ports = meant.status.services[0]?.ports.filter(({ number }) => number === servicePort || (pod && number in pod.ports)) ?? []
  const named = ports.find(({ name, number }) => name === text || number === Number(text))
  if (named) return named.number
  const numbers = ports.map(({ number }) => number).join(', ')
  throw new CliError(
    meant.service
      ? `error: Service ${meant.service.name} does not have a service port ${text}: it has ${numbers}`
      : `error: Pod ${pod?.name} does not listen on port ${text}: it listens on ${numbers}`,
  )
}

function addressesOf(text: string): string[] {
  if (text === 'localhost') return ['127.0.0.1', '::1']
  if (isIP(text) !== 0) return [text]
  throw new CliError(`error: ${text} is not a valid IP`)
}

/** Where the pod, or the gateway, listens on this machine. */
function placeOf(meant: Meant, remote: number): { host: string; port: number } {
  const url =
    meant.kind === 'pods'
      ? `http://${meant.pods[0]!.pod.address}`
      : remote === 443 || remote === 8443
        ? meant.status.gatewayTls!
        : meant.status.gateway
  const { hostname, port } = new URL(url)
  const other = meant.kind === 'pods' ? meant.pods[0]!.pod.ports[remote] : undefined
  return { host: hostname === 'localhost' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, ''), port: other ?? Number(port) }
}

/** Listens on the same port of all addresses. One that the machine does not have is left out, unless it is the only one. */
async function forward({ local, remote }: Ports, addresses: readonly string[], to: { host: string; port: number }, sockets: Set<Socket>) {
  const servers: Server[] = []
  const problems: NodeJS.ErrnoException[] = []
  let port = local
  for (const address of addresses) {
    const server = createServer({ allowHalfOpen: true }, (incoming) => pass(incoming, to, port, remote, sockets))
    try {
      await listen(server, port, address)
    } catch (error) {
      problems.push(error as NodeJS.ErrnoException)
      continue
    }
    port = (server.address() as AddressInfo).port
    servers.push(server)
    console.log(`Forwarding from ${address.includes(':') ? `[${address}]` : address}:${port} -> ${remote}`)
  }
  if (servers.length > 0) return servers
  const taken = problems.find(({ code }) => code === 'EADDRINUSE')
  throw new CliError(
    taken
      ? `error: unable to listen on port ${port}: it is taken by another program; choose another one, such as :${remote} for any free one`
      : `error: unable to listen on port ${port}: ${problems.map(({ message }) => message).join('; ')}`,
  )
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function pass(incoming: Socket, to: { host: string; port: number }, local: number, remote: number, sockets: Set<Socket>) {
  console.log(`Handling connection for ${local}`)
  const outgoing = connect({ ...to, allowHalfOpen: true })
  for (const [one, other] of [
    [incoming, outgoing],
    [outgoing, incoming],
  ] as const) {
    sockets.add(one)
    one.pipe(other)
    one.on('close', () => {
      sockets.delete(one)
      other.destroySoon()
    })
  }
  incoming.on('error', () => outgoing.destroy())
  outgoing.on('error', ({ message }) => {
    console.error(`error: forwarding ${local} -> ${remote}: ${message}`)
    incoming.destroy()
  })
}

/** Ends when the pod is gone or restarts on another port, as kubectl's forward does, or when the mesh is gone. */
function waitForEnd(meant: Meant): { over: Promise<number>; stop(): void } {
  let timer: NodeJS.Timeout
  const over = new Promise<number>((resolve, reject) => {
    const look = async () => {
      try {
        const status = await ask<Status>('GET', '/api/status')
        if (meant.kind === 'pods') {
          const { pod } = meant.pods[0]!
          const now = podsOf(status).find((each) => each.pod.name === pod.name)?.pod
          if (now === undefined || now.address !== pod.address || now.phase === 'waiting')
            throw new CliError(`error: lost connection to pod ${pod.name}`)
        }
        timer = setTimeout(look, lookEveryMs)
      } catch (error) {
        reject(error)
      }
    }
    timer = setTimeout(look, lookEveryMs)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(0))
  })
  // Waits only after the ports are open: until then their failure is reported.
  over.catch(() => undefined)
  return { over, stop: () => clearTimeout(timer) }
}
