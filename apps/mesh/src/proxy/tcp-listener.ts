/** A port of the gateway whose connections are passed on as they come. */
import { createServer, type Server, type Socket } from 'node:net'

export function createTcpListener(ready: Promise<(socket: Socket) => void>): Server & { closeAllConnections(): void } {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true, allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    void ready.then((pass) => pass(socket))
  })
  return Object.assign(server, {
    closeAllConnections() {
      for (const socket of sockets) socket.destroy()
    },
  })
}
