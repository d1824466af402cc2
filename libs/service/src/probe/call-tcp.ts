/** What a probe sends by TCP or TLS to another workload's echo: bytes, and what came back. */
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { keptBody, servedBy, type CallOrder, type Caller } from './order.ts'

/** A connection per request: it sends the body, ends its direction, and reads until the other side has ended too. */
export function tcpCaller(order: CallOrder, detour?: string, tunnel?: string): Caller {
  const isTls = order.url.startsWith('tls://')
  return {
    async one(numbered) {
      const authority = numbered(order.url).replace(/^[a-z]+:\/\//, '')
      const [host = '', port] = (detour ?? authority).split(/:(?=[0-9]+$)/)
      const where = { host, port: Number(port) }
      const body = Buffer.from(numbered(order.body ?? ''))
        .toString('utf8')
        .padEnd(order.bytes ?? 0, 'x')
      const way = tunnel === undefined ? undefined : await openTunnel(tunnel, authority)
      const text = await new Promise<Buffer>((resolve, reject) => {
        const chunks: Buffer[] = []
        const servername = order.serverName ?? authority.split(':')[0]!
        // Who answers is what a probe is about, and certificates of tests are signed by no authority.
        const plain = way ?? connect({ ...where, allowHalfOpen: true })
        const socket = isTls ? connectTls({ socket: plain, servername, rejectUnauthorized: false }) : plain
        const fail = (code: string) => {
          socket.destroy()
          reject(Object.assign(new Error(code), { code }))
        }
        const timer = setTimeout(() => fail('timeout'), order.timeoutMs)
        if (way && !isTls) socket.end(body)
        else socket.once(isTls ? 'secureConnect' : 'connect', () => socket.end(body))
        socket.on('data', (chunk: Buffer) => chunks.push(chunk))
        socket.on('end', () => resolve(Buffer.concat(chunks)))
        socket.on('error', ({ code, message }: NodeJS.ErrnoException) => fail(code ?? message))
        socket.on('close', () => {
          clearTimeout(timer)
          // After an end this changes nothing.
          fail('ECONNRESET')
        })
      })
      const [greeting = '', ...rest] = text.toString('latin1').split('\n')
      const [server, client, name] = greeting.split(' ')
      const echo = rest.join('\n')
      const [, counted] = /\nreceived ([0-9]+)\n$/.exec(echo) ?? []
      return {
        status: text.length > 0 ? 200 : 0,
        ...(text.length === 0 && { error: 'no answer' }),
        servedBy: servedBy(server),
        headers: { client, ...(name !== undefined && { 'server-name': name }), ...(counted !== undefined && { received: counted }) },
        body: echo.slice(0, keptBody),
        bytes: counted === undefined ? echo.length : echo.length - `\nreceived ${counted}\n`.length,
      }
    },
    close: async () => {},
  }
}

/** A connection to `authority` that the proxy makes: a TCP connection by itself does not say where it was meant to go. */
function openTunnel(proxy: string, authority: string): Promise<Socket> {
  const [host, port] = proxy.split(/:(?=[0-9]+$)/)
  return new Promise((resolve, reject) => {
    const asked = request({ host, port: Number(port), method: 'CONNECT', path: authority, agent: false })
    asked.on('error', reject)
    asked.on('connect', ({ statusCode }, socket: Socket, head) => {
      socket.allowHalfOpen = true
      if (head.length > 0) socket.unshift(head)
      if (statusCode === 200) return resolve(socket)
      socket.destroy()
      return reject(new Error(`the proxy answers ${statusCode}`))
    })
    asked.end()
  })
}
