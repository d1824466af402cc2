import type { Socket } from 'node:net'

/** How long a client that goes on sending has to read what was sent to it: Envoy's `delayed_close_timeout` (ms). */
const delayedCloseMs = 1_000

/**
 * Ends `socket` so that its client gets all that was written. To close it with bytes unread would reset the connection, and with that
 * the client would lose what it has not read yet: what still comes is read and thrown away until the client closes, or time is over.
 */
export function closeGently(socket: Socket) {
  socket.end()
  socket.resume()
  const late = () => {
    const timer = setTimeout(() => socket.destroy(), delayedCloseMs)
    socket.once('close', () => clearTimeout(timer))
  }
  if (socket.writableFinished) late()
  else socket.once('finish', late)
}
