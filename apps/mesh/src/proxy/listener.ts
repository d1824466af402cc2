/** HTTP servers that hand every request to the proxy. */
import { createServer, ServerResponse, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Door } from './door.ts'
import { Exchange } from './exchange.ts'
import type { Proxy } from './proxy.ts'

/** Envoy's stream idle timeout: a connection on which nothing moves for so long is closed (ms). */
const idleMs = 300_000

/** A server for `door`. Node's parser is strict: ambiguous lengths, folded fields and bare CR are refused with 400. */
export function createListener(proxy: Proxy, door: Door): Server {
  const server = createServer(
    {
      maxHeaderSize: 60 * 1024,
      headersTimeout: 60_000,
      // Bodies may stream for as long as they move.
      requestTimeout: 0,
      keepAliveTimeout: 75_000,
      shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    (raw, res) => new Exchange(proxy, door, raw, res).run(),
  )
  server.timeout = idleMs
  server.on('upgrade', (raw: IncomingMessage, socket: Socket, head: Buffer) => {
    if (head.length > 0) socket.unshift(head)
    const res = new ServerResponse(raw)
    res.shouldKeepAlive = false
    res.assignSocket(socket)
    res.on('finish', () => socket.destroySoon())
    socket.on('error', () => undefined)
    new Exchange(proxy, door, raw, res, 'websocket').run()
  })
  return server
}

/** Listens on `port` (0: any) of each host; all of them on the same port. Resolves to that port. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return (server.address() as AddressInfo).port
}
