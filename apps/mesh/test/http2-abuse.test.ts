/** What a client of HTTP/2 may try against a proxy: it ends with a closed connection, and others are served as before. */
import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { eventually } from '@bookinfo/tools/eventually'
import { afterEach, expect, test } from 'vitest'
import { createListener, listen } from '../src/proxy/listener.ts'
import type { ClientSide } from '../src/proxy/client-side.ts'
import { ask } from './helpers/http2.ts'

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const types = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, windowUpdate: 8, continuation: 9 }

function frame(type: keyof typeof types, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = types[type]
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}
const endStream = 1
const endHeaders = 4
/** `GET http://a/`, in HPACK. */
const get = Buffer.from([0x82, 0x86, 0x84, 0x41, 1, 0x61])
const setting = (id: number, value: number) => {
  const payload = Buffer.alloc(6)
  payload.writeUInt16BE(id)
  payload.writeUInt32BE(value, 2)
  return payload
}
const number = (value: number) => {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(value)
  return payload
}

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A proxy's listener whose answers are all the same. */
async function listener(answer: (client: ClientSide) => void, limits = {}): Promise<{ port: number; server: Server }> {
  const server = createListener(answer, limits)
  const port = await listen(server, 0, '127.0.0.1')
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return { port, server }
}
const fine = (client: ClientSide) => {
  client.begin(200, {}, false)
  client.end('fine')
}

async function attacker(port: number, first: Buffer = frame('settings', 0, 0)): Promise<{ socket: Socket; closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.on('close', resolve))
  closing.push(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(Buffer.concat([preface, first]))
  return { socket, closed }
}

/** Writes these again and again until the connection is closed. */
async function flood(socket: Socket, closed: Promise<unknown>, next: (i: number) => Buffer) {
  for (let i = 0; !socket.destroyed; i++) {
    if (!socket.write(next(i))) await Promise.race([closed, once(socket, 'drain').catch(() => undefined)])
    if (i % 100 === 99) await new Promise(setImmediate)
  }
  await closed
}

const stillServes = async (port: number) => expect((await ask(port, { ':path': '/' })).body).toBe('fine')

test('streams that are opened and reset at once', async () => {
  let asked = 0
  const { port } = await listener((client) => {
    asked++
    fine(client)
  })
  const { socket, closed } = await attacker(port)
  socket.resume()
  await flood(socket, closed, (i) =>
    Buffer.concat([frame('headers', endStream | endHeaders, 2 * i + 1, get), frame('reset', 0, 2 * i + 1, number(8))]),
  )
  expect(asked).toBeLessThan(20_000)
  await stillServes(port)
})

test('headers that never end', async () => {
  const { port } = await listener(fine)
  const { socket, closed } = await attacker(port)
  socket.resume()
  socket.write(frame('headers', endStream, 1, get))
  const field = Buffer.from([0x40, 1, 0x78, 1, 0x79])
  await flood(socket, closed, () => frame('continuation', 0, 1, field))
  await stillServes(port)
})

test.each([
  ['settings', frame('settings', 0, 0, setting(3, 100))],
  ['pings', frame('ping', 0, 0, Buffer.alloc(8))],
])('a flood of %s whose answers are read, and one whose are not', async (_, sent) => {
  const { port } = await listener(fine)
  for (const reads of [true, false]) {
    const { socket, closed } = await attacker(port)
    if (reads) socket.resume()
    await flood(socket, closed, () => sent)
  }
  await stillServes(port)
})

test('a client that opens no window, and keeps its connection alive', async () => {
  const { port, server } = await listener(
    (client) => {
      client.begin(200, {}, false)
      client.write(Buffer.alloc(100_000))
      client.end(undefined)
    },
    { idleMs: 300 },
  )
  const { socket } = await attacker(port, frame('settings', 0, 0, setting(4, 0)))
  const seen: Buffer[] = []
  socket.on('data', (chunk: Buffer) => seen.push(chunk))
  socket.write(frame('headers', endStream | endHeaders, 1, get))
  const alive = setInterval(() => socket.write(frame('ping', 0, 0, Buffer.alloc(8))), 50)
  closing.push(() => clearInterval(alive))
  // A RST_STREAM for stream 1: CANCEL.
  await eventually(() => expect(Buffer.concat(seen).includes(frame('reset', 0, 1, number(8)))).toBe(true))
  expect(server.listening).toBe(true)
})

test('a first word that takes too long', async () => {
  const { port } = await listener(fine, { silentMs: 200 })
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write('PRI * HT')
  await once(socket, 'close')
  await stillServes(port)
})

test('frames that are none', async () => {
  const { port } = await listener(fine)
  const { socket, closed } = await attacker(port)
  socket.resume()
  socket.write(Buffer.alloc(64, 0xff))
  await closed
  await stillServes(port)
})

test('a connection that is asked to leave ends after its last stream', async () => {
  const waiting: ClientSide[] = []
  const { port, server } = await listener((client) => void waiting.push(client), { idleMs: 60_000 })
  const { socket, closed } = await attacker(port)
  socket.resume()
  socket.write(frame('headers', endStream | endHeaders, 1, get))
  await eventually(() => expect(waiting).toHaveLength(1))
  server.close()
  // On its way when the server began to leave.
  socket.write(frame('headers', endStream | endHeaders, 3, get))
  await eventually(() => expect(waiting).toHaveLength(2))
  for (const client of waiting) fine(client)
  await closed
})
