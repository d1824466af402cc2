import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { readConfig } from '@bookinfo/contracts/environment'
import { patience } from '@bookinfo/tools/eventually'
import { Config } from '../src/config.ts'
import { openStore } from '../src/open-store.ts'
import { start } from './start.ts'

const secret = 'p4ss-w0rd'

/** Far less than a driver's own limit (30 s), or ours (1 s here) forty times in turn. */
const mostMs = 20_000

const storeOn = (kind: 'mysql' | 'mongodb', port: number, limitMs = 1000) =>
  openStore(
    readConfig(Config, {
      SERVICE_VERSION: 'v2',
      DB_TYPE: kind,
      MYSQL_DB_HOST: '127.0.0.1',
      MYSQL_DB_PORT: String(port),
      MYSQL_DB_PASSWORD: secret,
      MONGO_DB_URL: `mongodb://user:${secret}@127.0.0.1:${port}/test`,
    }),
    limitMs,
  )

/** A port on which a server handles each connection with `onConnection`; the port is closed when the test ends. */
async function portOf(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    onConnection(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { server, port: (server.address() as AddressInfo).port }
}

const silent = () => {}
const hangsUp = (socket: Socket) => void socket.destroy()
const talksNonsense = (socket: Socket) => void socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(100)}`)

const unreachable = { status: 500, body: { error: 'could not connect to ratings database' } }

for (const kind of ['mysql', 'mongodb'] as const) {
  test(`${kind}: nothing listens`, async () => {
    const { server, port } = await portOf(silent)
    server.close()
    // The driver of MongoDB goes on trying until its time is over.
    const { client, log } = await start(await storeOn(kind, port, kind === 'mysql' ? patience : undefined))
    const before = performance.now()
    const { status, body } = await client.get('/ratings/1')
    expect({ status, body }).toEqual(unreachable)
    expect(performance.now() - before).toBeLessThan(mostMs)
    expect(log.join('')).toContain('ECONNREFUSED')
    expect(log.join('')).not.toContain(secret)
  })

  test.each([
    ['is silent', silent],
    ['hangs up', hangsUp],
    ['is not a database', talksNonsense],
  ])(`${kind}: the server %s`, async (_what, onConnection) => {
    const { port } = await portOf(onConnection)
    const { client, log } = await start(await storeOn(kind, port))
    const before = performance.now()
    const { status, body } = await client.get('/ratings/1')
    expect({ status, body }).toEqual(unreachable)
    expect(performance.now() - before).toBeLessThan(mostMs)
    expect(log.join('')).not.toContain(secret)
  })

  test(`${kind}: forty requests at once wait no longer than one`, async () => {
    const { port } = await portOf(silent)
    const { app } = await start(await storeOn(kind, port))
    const before = performance.now()
    const answers = await Promise.all(Array.from({ length: 40 }, () => app.inject('/ratings/1')))
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([500]))
    expect(performance.now() - before).toBeLessThan(mostMs)
  })

  test(`${kind}: health, wrong ids and POST need no database`, async () => {
    const { server, port } = await portOf(silent)
    server.close()
    const { client } = await start(await storeOn(kind, port))
    expect((await client.get('/health')).status).toBe(200)
    expect((await client.get('/ratings/abc')).body).toEqual({ error: 'please provide numeric product ID' })
    const { status, body } = await client.post('/ratings/1').send({ Reviewer1: 1 })
    expect({ status, body }).toEqual({ status: 501, body: { error: 'Post not implemented for database backed ratings' } })
  })
}
