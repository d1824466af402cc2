/** The classic tutorials against the application itself, with the ready-made rule files and the CLI. */
import { pValue } from '@bookinfo/tools/binomial'
import { eventually } from '@bookinfo/tools/eventually'
import { Agent, get as httpGet } from 'node:http'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { mainOf } from '../src/pods/pod.ts'
import { startSmallMesh, type SmallMesh } from '../test/helpers/small-mesh.ts'

const k8s = fileURLToPath(new URL('../../../k8s/', import.meta.url))

let mesh: SmallMesh
beforeAll(async () => {
  mesh = await startSmallMesh({ main: ({ app }) => mainOf(app) })
})
afterAll(() => mesh.stop())
beforeEach(async () => {
  const { rules } = mesh.mesh
  for (const object of rules.objects) if (!object.name.startsWith('bookinfo')) rules.delete(object)
})

async function apply(...files: string[]) {
  const { code, stderr } = await mesh.bookinfo(['apply', ...files.flatMap((file) => ['-f', `${k8s}${file}`])])
  expect({ code, stderr: stderr.replaceAll(/^(Warning|Note): .*\n/gm, '') }).toEqual({ code: 0, stderr: '' })
}

async function applyText(text: string) {
  expect(await mesh.bookinfo(['apply', '-f', '-'], text)).toMatchObject({ code: 0 })
}

/** The page as `user` sees it. */
async function page(user?: string) {
  const { gateway } = mesh.addresses
  let cookie = ''
  if (user !== undefined) {
    const login = await fetch(`${gateway}/login`, {
      method: 'POST',
      body: new URLSearchParams({ username: user, passwd: '' }),
      redirect: 'manual',
    })
    cookie = login.headers.getSetCookie()[0]!.split(';')[0]!
  }
  const began = performance.now()
  const answer = await fetch(`${gateway}/productpage`, { headers: { cookie } })
  const html = await answer.text()
  return {
    status: answer.status,
    ms: performance.now() - began,
    html,
    version: /reviews-(v[123])-/.exec(html)?.[1],
    stars: html.match(/glyphicon glyphicon-star/g)?.length ?? 0,
  }
}

/** The page, asked for again where it took so long that productpage may have given up on a service: a starved machine is late. */
const pageInTime = (user?: string) =>
  eventually(async () => {
    const answer = await page(user)
    expect(answer.ms).toBeLessThan(3000)
    return answer
  })

/** Versions of reviews that answer `count` calls of productpage. */
async function versions(count: number): Promise<Record<string, number>> {
  const port = mesh.mesh.outbound.get('productpage-v1')!.get('reviews')!
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const seen: Record<string, number> = {}
  const one = () =>
    new Promise<void>((resolve, reject) => {
      httpGet({ host: '127.0.0.1', port, path: '/reviews/0', agent }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        answer.on('end', () => {
          const version = /reviews-(v[123])-/.exec(text)?.[1] ?? `status ${answer.statusCode}`
          seen[version] = (seen[version] ?? 0) + 1
          resolve()
        })
      }).on('error', reject)
    })
  let left = count
  const worker = async () => {
    while (left-- > 0) await one()
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  agent.destroy()
  return seen
}

test('request routing: everything to v1, then jason to v2', async () => {
  await apply('networking/destination-rule-all.yaml', 'networking/virtual-service-all-v1.yaml')
  for (let i = 0; i < 5; i++) expect(await pageInTime()).toMatchObject({ version: 'v1', stars: 0 })
  await apply('networking/virtual-service-reviews-test-v2.yaml')
  const jason = await pageInTime('jason')
  expect(jason.version).toBe('v2')
  expect(jason.stars).toBeGreaterThan(0)
  expect((await pageInTime()).version).toBe('v1')
})

test('request routing by the Gateway API', async () => {
  await apply('gateway-api/route-reviews-v1.yaml')
  for (let i = 0; i < 5; i++) expect((await pageInTime()).version).toBe('v1')
  await apply('gateway-api/route-reviews-test-v2.yaml')
  expect((await pageInTime('jason')).version).toBe('v2')
})

test('fault injection: 7 s of delay for jason, and the page gives up on reviews after 6 s', async () => {
  await apply(
    'networking/destination-rule-all.yaml',
    'networking/virtual-service-all-v1.yaml',
    'networking/virtual-service-reviews-test-v2.yaml',
  )
  await apply('networking/virtual-service-ratings-test-delay.yaml')
  // Before the 7 s are over, once at least.
  await eventually(async () => {
    const jason = await page('jason')
    expect(jason.html).toContain('Sorry, product reviews are currently unavailable for this book.')
    expect(jason.ms).toBeGreaterThan(5900)
    expect(jason.ms).toBeLessThan(7000)
  })
  expect((await pageInTime()).html).not.toContain('Sorry')
})

test('fault injection: 500 for jason, and his reviews come without stars', async () => {
  await apply(
    'networking/destination-rule-all.yaml',
    'networking/virtual-service-all-v1.yaml',
    'networking/virtual-service-reviews-test-v2.yaml',
  )
  await apply('networking/virtual-service-ratings-test-abort.yaml')
  expect((await pageInTime('jason')).html).toContain('Ratings service is currently unavailable')
  expect((await pageInTime()).html).not.toContain('Ratings service is currently unavailable')
})

test.each([
  ['networking/virtual-service-reviews-90-10.yaml', 'v1', 0.9, 'v2'],
  ['networking/virtual-service-reviews-80-20.yaml', 'v1', 0.8, 'v2'],
  ['networking/virtual-service-reviews-50-v3.yaml', 'v1', 0.5, 'v3'],
  ['gateway-api/route-reviews-90-10.yaml', 'v1', 0.9, 'v2'],
])('traffic shifting: %s gives %s its share of 2000 calls', async (file, first, share, second) => {
  await apply('networking/destination-rule-all.yaml', file)
  const { [first]: a = 0, [second]: b = 0, ...others } = await versions(2000)
  expect(others).toEqual({})
  expect(a + b).toBe(2000)
  expect(pValue(a, 2000, share), `${first}: ${a} of 2000, where ${share} was asked for`).toBeGreaterThan(1e-4)
})

test('request timeout: reviews has half a second, ratings takes two', async () => {
  await apply('networking/destination-rule-all.yaml', 'networking/virtual-service-all-v1.yaml')
  await applyText(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
  - route: [{destination: {host: reviews, subset: v2}}]
    timeout: 0.5s
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ratings}
spec:
  hosts: [ratings]
  http:
  - fault: {delay: {percent: 100, fixedDelay: 2s}}
    route: [{destination: {host: ratings, subset: v1}}]
`)
  await eventually(async () => {
    const slow = await page()
    expect(slow.html).toContain('Sorry, product reviews are currently unavailable for this book.')
    // Two tries of productpage with half a second each; once at least before ratings would have answered.
    expect(slow.ms).toBeGreaterThan(950)
    expect(slow.ms).toBeLessThan(2000)
  })
})

test('authorization: the application works under its own policies, and no other caller gets in', async () => {
  await apply('security/authorization-policies.yaml', 'security/peer-authentication-strict.yaml')
  for (let i = 0; i < 6; i++) {
    const { status, html } = await pageInTime()
    expect(status).toBe(200)
    expect(html).not.toContain('Sorry')
    expect(html).not.toContain('currently unavailable')
  }
  const outbound = mesh.mesh.outbound.get('details-v1')!.get('*')!
  const { status, body } = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    httpGet({ host: '127.0.0.1', port: outbound, path: '/ratings/0', headers: { host: 'ratings:9080' } }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode, body: text }))
    }).on('error', reject)
  })
  expect({ status, body }).toEqual({ status: 403, body: 'RBAC: access denied' })
  await expect(fetch(`http://127.0.0.1:${mesh.mesh.plaintext.get('ratings')}/ratings/0`)).rejects.toThrow('fetch failed')
})

test('as in 2017: a RouteRule sends all users to v1, another one with more precedence sends jason to v2', async () => {
  const rule = (name: string, precedence: number, version: string, match = '') => `
apiVersion: config.istio.io/v1alpha2
kind: RouteRule
metadata: {name: ${name}}
spec:
  destination: {name: reviews}
  precedence: ${precedence}
  ${match}
  route: [{labels: {version: ${version}}}]
---
`
  const text =
    rule('reviews-default', 1, 'v1') + rule('reviews-test-v2', 2, 'v2', 'match: {request: {headers: {end-user: {exact: jason}}}}')
  await applyText(text)
  expect((await pageInTime('jason')).version).toBe('v2')
  for (let i = 0; i < 4; i++) expect((await pageInTime()).version).toBe('v1')
  expect((await mesh.bookinfo(['delete', '-f', '-'], text)).code).toBe(0)
  const seen = await versions(60)
  expect(Object.keys(seen).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['v1', 'v2', 'v3'])
})
