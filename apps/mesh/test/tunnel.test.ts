/** A connection that changes to WebSocket: what each side sends arrives, whichever side speaks, ends or leaves first. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listen } from '../src/proxy/listener.ts'
import { startLab, type Lab } from './helpers/lab.ts'

const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n'
/** More than one read or one buffer holds. */
const megabyte = 'x'.repeat(1024 * 1024)

let lab: Lab
let upstream: Server
let client: Socket
let request: string
/** What the upstream does with a request to upgrade. */
let upgrade: (socket: Socket) => void

beforeEach(async () => {
  lab = await startLab()
  upstream = createServer().on('upgrade', (_incoming, socket: Socket) => {
    socket.on('error', () => undefined)
    upgrade(socket)
  })
  const port = await listen(upstream, 0, '127.0.0.1')
  lab.apply(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: chat}
spec:
  hosts: [chat.test]
  ports: [{number: ${port}, name: http, protocol: HTTP}]
  location: MESH_EXTERNAL
  resolution: STATIC
  endpoints: [{address: 127.0.0.1}]
`)
  request = `GET /chat HTTP/1.1\r\nHost: chat.test:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: abc\r\n\r\n`
  client = connect({ port: lab.ports.any, host: '127.0.0.1', allowHalfOpen: true })
  client.on('error', () => undefined)
})
afterEach(async () => {
  client.destroy()
  upstream.close()
  upstream.closeAllConnections()
  await lab.close()
})

/** All bytes behind the answer's headers until the other side ends. */
async function rest(): Promise<string> {
  let text = ''
  for await (const chunk of client) text += String(chunk)
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}

const over = () => expect.poll(() => lab.records.length).toBe(1)

test('bytes that the upstream sends together with its 101 arrive', async () => {
  upgrade = (socket) => socket.end(`${switching}first`)
  client.write(request)
  expect(await rest()).toBe('first')
  client.end()
  await over()
})

test('bytes that the client sends together with its request arrive', async () => {
  upgrade = (socket) => {
    socket.write(switching)
    socket.once('data', (early) => socket.end(early))
  }
  client.write(`${request}early`)
  expect(await rest()).toBe('early')
  client.end()
  await over()
})

test('bytes that the client sends while its request is not answered arrive, and its end after them', async () => {
  upgrade = (socket) => void setTimeout(() => void (socket.write(switching) && socket.pipe(socket)), 100)
  client.write(request)
  await sleep(50)
  client.end('early')
  expect(await rest()).toBe('early')
  await over()
})

test('a client that has said all still gets what comes later', async () => {
  upgrade = (socket) => {
    socket.write(switching)
    socket.on('end', () => setTimeout(() => socket.end('later'), 50)).resume()
  }
  client.write(request)
  await once(client, 'readable')
  client.end('bye')
  expect(await rest()).toBe('later')
  await over()
})

test('an upstream that ends at once is heard to its last byte', async () => {
  upgrade = (socket) => socket.end(switching + megabyte)
  client.write(request)
  expect((await rest()).length).toBe(megabyte.length)
  client.end()
  await over()
})

test('an upstream that ends while the client goes on sending is heard to its last byte', async () => {
  upgrade = (socket) => {
    socket.write(switching)
    socket.once('data', () => socket.end(megabyte))
  }
  client.write(request)
  const sending = setInterval(() => client.write('more'), 1)
  await sleep(100)
  expect((await rest()).length).toBe(megabyte.length)
  clearInterval(sending)
  client.end()
  await over()
})

test('a client that leaves before it has an answer ends the call upstream', async () => {
  let asked = false
  let left = false
  upgrade = (socket) => {
    asked = true
    socket.on('end', () => (left = true)).resume()
  }
  client.write(request)
  await expect.poll(() => asked).toBe(true)
  client.destroy()
  await expect.poll(() => left).toBe(true)
  await over()
  expect(lab.records[0]!.flags).toContain('DC')
})

test('an upgrade that is refused is answered to the last byte, though the client sends already', async () => {
  upgrade = (socket) => socket.end(`HTTP/1.1 403 Forbidden\r\ncontent-length: ${megabyte.length}\r\n\r\n${megabyte}`)
  client.write(request)
  const sending = setInterval(() => client.write('more'), 1)
  await sleep(100)
  expect((await rest()).length).toBe(megabyte.length)
  clearInterval(sending)
  client.end()
  await over()
})
