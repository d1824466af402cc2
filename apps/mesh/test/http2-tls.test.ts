/** HTTP/2 over TLS: what comes in at the gateway chooses it by ALPN, and what goes out asks for it. */
import { once } from 'node:events'
import { connect, createSecureServer, type ClientHttp2Session } from 'node:http2'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { eventually } from '@bookinfo/tools/eventually'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ClientSide } from '../src/proxy/client-side.ts'
import { listen } from '../src/proxy/listener.ts'
import { createTlsListener, type TlsListener } from '../src/proxy/tls-listener.ts'
import { createAuthority, type Certificate } from './helpers/certificates.ts'
import { answerTo, grpcAnswer } from './helpers/http2.ts'
import { startLab, type Lab } from './helpers/lab.ts'

let authority: Awaited<ReturnType<typeof createAuthority>>
let own: Certificate
beforeAll(async () => {
  authority = await createAuthority()
  own = await authority.sign('one.example')
})

let listener: TlsListener
let port: number
const waiting: ClientSide[] = []
const sessions: ClientHttp2Session[] = []
beforeEach(async () => {
  const server = { certificates: [own], minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ciphers: [] } as const
  listener = createTlsListener(
    (client) => {
      if (client.target === '/held') waiting.push(client)
      else {
        client.begin(200, {}, false)
        client.end(client.protocol)
      }
    },
    () => ({ tls: server }),
    (socket) => socket.destroy(),
    (error) => {
      throw error
    },
  )
  port = await listen(listener, 0, '127.0.0.1')
})
afterEach(() => {
  for (const session of sessions.splice(0)) session.destroy()
  waiting.length = 0
  listener.close()
  listener.closeAllConnections()
})

const options = () => ({ ca: authority.cert, servername: 'one.example' })
function connection() {
  const made = connect(`https://127.0.0.1:${port}`, options())
  sessions.push(made)
  return made
}

test('a client is served in the version that the handshake has chosen', async () => {
  expect((await answerTo(connection().request({ ':path': '/' }))).body).toBe('HTTP/2')
  const outgoing = request({ host: '127.0.0.1', port, path: '/', agent: false, ...options() }).end()
  const [answer] = await once(outgoing, 'response')
  expect(String(await once(answer, 'data'))).toBe('HTTP/1.1')
})

test('a door that closes lets requests on it end, and takes no others', async () => {
  const open = connection()
  const stream = open.request({ ':path': '/held' })
  await eventually(() => expect(waiting).toHaveLength(1))
  const leaving = once(open, 'goaway')
  listener.close()
  await leaving
  waiting[0]!.begin(200, {}, false)
  waiting[0]!.end('whole')
  expect((await answerTo(stream)).body).toBe('whole')
  await once(open, 'close')
})

let lab: Lab | undefined
afterAll(() => lab?.close())

test('a call to a port of HTTP/2 outside of the mesh begins TLS and asks for HTTP/2', async () => {
  const outside = createSecureServer({ cert: own.cert, key: own.key })
  outside.on('stream', grpcAnswer(0, 'outside'))
  outside.listen(0, '127.0.0.1')
  await once(outside, 'listening')
  lab = await startLab()
  lab.apply(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: one}
spec:
  hosts: [one.example]
  ports: [{number: 80, name: grpc, protocol: GRPC, targetPort: ${(outside.address() as AddressInfo).port}}]
  resolution: STATIC
  endpoints: [{address: 127.0.0.1}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: one}
spec: {host: one.example, trafficPolicy: {tls: {mode: SIMPLE, credentialName: one}}}
---
${JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one' }, stringData: { 'ca.crt': authority.cert } })}
`)
  const { status, body } = await lab.call('/', { service: 'one.example' })
  expect([status, body]).toEqual([200, 'outside'])
  await lab.close()
  lab = undefined
  outside.close()
})
