/** TLS that the caller's proxy begins, as in Istio's task "Egress TLS Origination". */
import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { listen } from '../src/proxy/listener.ts'
import { createAuthority, type Certificate } from './helpers/certificates.ts'
import { startLab, type Lab } from './helpers/lab.ts'

let authority: Awaited<ReturnType<typeof createAuthority>>
let client: Certificate
let outside: ReturnType<typeof createServer>
let port: number
let lab: Lab

// A host that wants to know its clients where they have a certificate, and tells what it saw.
beforeAll(async () => {
  authority = await createAuthority()
  client = await authority.sign('client.example')
  const own = await authority.sign('books.example')
  outside = createServer({ ...own, ca: authority.cert, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const { servername, authorized } = request.socket as TLSSocket
    response.end(`${request.headers.host} ${String(servername)} ${authorized ? 'known' : 'unknown'}`)
  })
  port = await listen(outside, 0, '127.0.0.1')
})
afterAll(() => {
  outside.closeAllConnections()
  outside.close()
})
beforeEach(async () => {
  lab = await startLab()
})
afterEach(() => lab.close())

const secret = (data: Record<string, string>) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'client-credential' }, stringData: data })
const reach = (tls: Record<string, unknown>, data?: Record<string, string>) => {
  lab.apply(`
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: books}
spec:
  hosts: [books.example]
  ports: [{number: 80, name: http, protocol: HTTP, targetPort: ${port}}]
  location: MESH_EXTERNAL
  resolution: STATIC
  endpoints: [{address: 127.0.0.1}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: books}
spec: {host: books.example, trafficPolicy: {portLevelSettings: [{port: {number: 80}, tls: ${JSON.stringify(tls)}}]}}
---
${data ? secret(data) : ''}
`)
  return lab.call('/volumes', { service: 'books.example' })
}

test('SIMPLE speaks TLS with the host that was asked for, whose certificate a public authority has to sign', async () => {
  expect(await reach({ mode: 'SIMPLE' })).toMatchObject({ status: 503, body: expect.stringContaining('upstream connect error') })
  expect(await reach({ mode: 'SIMPLE', insecureSkipVerify: true })).toMatchObject({
    status: 200,
    body: 'books.example books.example unknown',
  })
})

test('SIMPLE with a Secret takes the authority of that Secret', async () => {
  const ca = { 'ca.crt': authority.cert }
  expect(await reach({ mode: 'SIMPLE', credentialName: 'client-credential' }, ca)).toMatchObject({
    status: 200,
    body: 'books.example books.example unknown',
  })
  const foreign = await createAuthority('foreign.example')
  expect(await reach({ mode: 'SIMPLE', credentialName: 'client-credential' }, { 'ca.crt': foreign.cert })).toMatchObject({ status: 503 })
})

test('MUTUAL shows the certificate of the Secret', async () => {
  const data = { 'tls.crt': client.cert, 'tls.key': client.key, 'ca.crt': authority.cert }
  expect(await reach({ mode: 'MUTUAL', credentialName: 'client-credential' }, data)).toMatchObject({
    status: 200,
    body: 'books.example books.example known',
  })
})

test('the name that is sent and checked may be another one, and subjectAltNames are checked instead', async () => {
  const tls = { mode: 'SIMPLE', credentialName: 'client-credential', sni: 'other.example' }
  expect(await reach(tls, { 'ca.crt': authority.cert })).toMatchObject({ status: 503 })
  expect(await reach({ ...tls, subjectAltNames: ['books.example'] })).toMatchObject({
    status: 200,
    body: 'books.example other.example unknown',
  })
  expect(await reach({ ...tls, subjectAltNames: ['third.example'] })).toMatchObject({ status: 503 })
})

test('a Secret that is missing is a warning, and no request goes out', async () => {
  expect(await reach({ mode: 'MUTUAL', credentialName: 'client-credential' })).toMatchObject({ status: 503, body: 'no healthy upstream' })
  expect(lab.rules.rules.warnings.map(({ message }) => message)).toEqual([
    'Secret default/client-credential does not exist: requests that go there fail',
  ])
})
