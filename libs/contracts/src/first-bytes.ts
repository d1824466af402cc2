/** HTTP/1.1 and HTTP/2 without TLS on one port: the first bytes of a connection say which of them its client speaks. Source: RFC 9113, 3.3 and 3.4 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** What every connection of HTTP/2 begins with. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

interface Choice {
  /** A connection of HTTP/2, paused, with all bytes that came so far. */
  http2: (socket: Socket) => void
  /** A connection that said nothing it can be known by in time. */
  silent: (socket: Socket) => void
  /** How long that is, in milliseconds. */
  limitMs: number
}

/**
 * Gives each new connection of `server` to it or to `choice.http2`, at its first byte as a rule. Nothing is left on it then:
 * requests cost what they cost before. Gives the connections that have not said a word yet.
 */
export function chooseByFirstBytes(server: Server, { http2, silent, limitMs }: Choice): ReadonlySet<Socket> {
  const [http1] = server.listeners('connection') as ((socket: Socket) => void)[]
  if (!http1) throw new Error('the server takes no connections')
  const undecided = new Set<Socket>()
  server.removeAllListeners('connection')
  server.on('connection', (socket: Socket) => {
    let first: Buffer | undefined

    const listen = (bytes: Buffer) => {
      first = first ? Buffer.concat([first, bytes]) : bytes
      const isHttp2 = first.length >= preface.length
      if (!preface.subarray(0, first.length).equals(first.subarray(0, preface.length))) leaveTo(http1, first)
      else if (isHttp2) leaveTo(http2, first)
    }
    const onTimeout = () => {
      forget()
      silent(socket)
    }
    const onEnd = () => socket.destroy()
    const onError = () => {}

    function forget() {
      undecided.delete(socket)
      socket.removeListener('data', listen).removeListener('timeout', onTimeout).removeListener('end', onEnd)
      socket.removeListener('error', onError).removeListener('close', forget)
      socket.setTimeout(0)
    }
    function leaveTo(handler: (socket: Socket) => void, bytes: Buffer) {
      forget()
      if (handler === http2) {
        // HTTP/2 reads what waits in the socket's buffer before it takes over below it.
        socket.pause().unshift(bytes)
        return http2(socket)
      }
      handler.call(server, socket)
      return socket.emit('data', bytes)
    }

    undecided.add(socket)
    socket.setTimeout(limitMs)
    socket.on('data', listen).on('timeout', onTimeout).on('end', onEnd).on('error', onError).on('close', forget)
  })
  return undecided
}
