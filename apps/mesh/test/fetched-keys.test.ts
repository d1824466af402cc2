/** Keys that a RequestAuthentication names by address, in a running mesh. */
import { patience } from '@bookinfo/tools/eventually'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { send } from './helpers/lab.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let small: SmallMesh
let behave: RequestListener
let asked = 0
const issuer = createServer((request, response) => {
  asked++
  behave(request, response)
})
beforeAll(async () => {
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
  small = await startSmallMesh()
})
afterAll(async () => {
  await small.stop()
  issuer.closeAllConnections()
  issuer.close()
})
afterEach(() => {
  for (const object of small.mesh.rules.objects) if (object.name === 'jwt') small.mesh.rules.delete(object)
  asked = 0
})

const apply = (more = '') =>
  small.bookinfo(
    ['apply', '-f', '-'],
    `
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: {name: jwt}
spec:
  selector: {matchLabels: {app: reviews}}
  jwtRules: [{issuer: tester, jwksUri: "http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks.json"${more}}]
`,
  )

async function signer() {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] })
  const token = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer('tester')
    .setExpirationTime('1h')
    .sign(privateKey)
  return { jwks, token }
}

async function ask(token?: string) {
  const port = small.mesh.outbound.get('productpage-v1')!.get('reviews')!
  return (await send(port, '/reviews/0', token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })).status
}

test('keys are fetched before apply is over, once, and tokens are checked by them', async () => {
  const { jwks, token } = await signer()
  behave = (_request, response) => response.end(jwks)
  expect(await apply(`, timeout: ${patience / 1000}s`)).toMatchObject({ code: 0, stderr: '' })
  expect([await ask(), await ask(token), await ask((await signer()).token)]).toEqual([200, 200, 401])
  small.mesh.fleet.emit('change')
  await apply(`, timeout: ${patience / 1000}s, forwardOriginalToken: true`)
  expect([await ask(token), asked]).toEqual([200, 1])
})

test.each([
  ['answers with an error', (_request, response) => response.writeHead(500).end()],
  ['answers with anything but keys', (_request, response) => response.end('<html>')],
  ['never ends', (_request, response) => void response.write('{"keys":[')],
  ['sends too much', (_request, response) => response.end(' '.repeat(2 * 1024 * 1024))],
] satisfies [string, RequestListener][])(
  'an issuer that %s is reported, and its tokens are refused',
  async (_name, listener: RequestListener) => {
    const { token } = await signer()
    behave = listener
    const { code, stderr } = await apply(', timeout: 0.3s')
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/jwtRules\[0\]\.jwksUri: there are no keys from http.* so far: tokens are refused/),
    ])
    expect([await ask(), await ask(token)]).toEqual([200, 401])
  },
)

test('what is deleted is not asked for again', async () => {
  const { jwks, token } = await signer()
  behave = (_request, response) => response.end(jwks)
  await apply(`, timeout: ${patience / 1000}s`)
  small.mesh.rules.delete(small.mesh.rules.objects.find(({ name }) => name === 'jwt')!)
  expect(await ask('nonsense')).toBe(200)
  await apply(`, timeout: ${patience / 1000}s`)
  expect([await ask(token), asked]).toEqual([200, 2])
})
