/**
 * TCP and TLS echo of a workload with probes. It says first who answers and whom it sees, one line: `SERVICE/VERSION/POD ADDRESS:PORT`, and
 * by TLS the server name too. Then it sends back what comes, and when the client has ended, how many bytes that were.
 * A first line that begins with `!` is a command: words such as `delay=500` that say how it misbehaves.
 */
import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { Self } from './echo.ts'
import { selfSigned } from './self-signed.ts'

interface Command {
  /** Milliseconds until the first byte goes back. */
  delay: number
  /** Bytes after which the connection is reset; 0 is at once. */
  reset: number | undefined
  /** Ends its own direction at once, and goes on to read and count. */
  halfClose: boolean
  /** Bytes to send instead of an echo. */
  bytes: number | undefined
}

const longestLine = 200
const longestDelay = 30_000
const mostBytes = 100_000_000

/** A server that echoes; `limitMs` without a byte ends a connection. Nothing is read into memory but what is on its way back. */
export function tcpEcho(self: Self, limitMs = 60_000): Server {
  return createServer({ allowHalfOpen: true }, (socket) => serve(socket, self, '', limitMs))
}

/**
 * The same behind TLS, with the certificate and key in `files`, or with its own for the names of this service and for `*.example`.
 * @throws when a file cannot be read or is not a certificate and its key.
 */
export function tlsEcho(self: Self, files?: { certificate: string; key: string }, limitMs = 60_000): Server {
  const { service, namespace } = self
  const names = [service, `${service}.${namespace}`, `${service}.${namespace}.svc.cluster.local`, '*.example']
  const { certificate, key } = files ? { certificate: readFileSync(files.certificate), key: readFileSync(files.key) } : selfSigned(names)
  const options = { cert: certificate, key, allowHalfOpen: true }
  const server = createTlsServer(options, (socket: TLSSocket) => serve(socket, self, ` ${socket.servername || '-'}`, limitMs))
  // What does not speak TLS is not an error of this server.
  return server.on('tlsClientError', () => {})
}

function serve(socket: Socket, { service, version, pod }: Self, more: string, limitMs: number) {
  let received = 0
  let line: Buffer | undefined = Buffer.alloc(0)
  let command: Command = { delay: 0, reset: undefined, halfClose: false, bytes: undefined }
  socket.on('error', () => socket.destroy())
  socket.setTimeout(limitMs, () => socket.destroy())
  socket.write(`${service}/${version}/${pod} ${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}${more}\n`)

  socket.on('data', (chunk: Buffer) => {
    if (!line) return echo(chunk)
    line = Buffer.concat([line, chunk])
    // Only what begins as a command is waited for.
    const mayGoOn = line[0] === commandMark && !line.includes('\n') && line.length < longestLine
    if (!mayGoOn) begin()
  })
  socket.on('end', () => {
    if (line) begin()
    if (!socket.writableEnded && !socket.destroyed) void after(() => socket.end(`\nreceived ${received}\n`))
  })

  function begin() {
    const first = line ?? Buffer.alloc(0)
    line = undefined
    const end = first.indexOf('\n')
    const commanded = first[0] === commandMark && end !== -1
    if (commanded) command = commandIn(first.subarray(1, end).toString())
    if (command.reset === 0) void after(() => socket.resetAndDestroy())
    if (command.halfClose) void after(() => socket.end())
    if (command.bytes !== undefined) void after(() => socket.write(Buffer.alloc(command.bytes!, 'x')))
    const rest = commanded ? first.subarray(end + 1) : first
    if (rest.length > 0) echo(rest)
  }

  function echo(chunk: Buffer) {
    received += chunk.length
    if (command.reset !== undefined && received >= command.reset) void after(() => socket.resetAndDestroy())
    else if (!command.halfClose && command.bytes === undefined) sendBack(chunk)
  }

  /** A client that does not read is not read either. */
  function sendBack(chunk: Buffer) {
    socket.pause()
    void after(() => {
      if (socket.destroyed || socket.write(chunk)) socket.resume()
      else socket.once('drain', () => socket.resume())
    })
  }

  /** The delay of the command comes before the first of these, and the others after it. */
  let turn: Promise<unknown> | undefined
  function after(then: () => unknown): Promise<unknown> {
    if (command.delay === 0) {
      then()
      return Promise.resolve()
    }
    turn = (turn ?? new Promise((resolve) => setTimeout(resolve, command.delay))).then(then)
    return turn
  }
}

const commandMark = '!'.charCodeAt(0)

function commandIn(line: string): Command {
  const words = new Map<string, string | undefined>(
    line
      .trim()
      .split(/\s+/)
      .map((word) => word.split('=', 2) as [string, string | undefined]),
  )
  const number = (name: string, most: number) => {
    const value = words.get(name)
    if (!words.has(name)) return undefined
    return Math.min(/^[0-9]+$/.test(value ?? '') ? Number(value) : 0, most)
  }
  return {
    delay: number('delay', longestDelay) ?? 0,
    reset: number('reset', mostBytes),
    halfClose: words.has('half-close'),
    bytes: number('bytes', mostBytes),
  }
}
