/** The control API: what the console relies on, and whom it refuses. */
import { request } from 'node:http'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadRules, saveRules } from '../src/rules/state-file.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let small: SmallMesh
beforeAll(async () => {
  small = await startSmallMesh()
})
afterAll(() => small.stop())

const api = (path: string, init: RequestInit = {}) => fetch(`${small.addresses.console}${path}`, init)
const post = (path: string, body: unknown) =>
  api(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** fetch writes Host and Origin itself. */
function withHeaders(headers: Record<string, string>, method = 'GET', path = '/api/status'): Promise<number> {
  const { port } = new URL(small.addresses.console)
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, headers }, (answer) => resolve(answer.resume().statusCode ?? 0))
      .on('error', reject)
      .end()
  })
}

test('status names addresses, workloads and pods', async () => {
  const status = await (await api('/api/status')).json()
  expect(status).toMatchObject({ ...small.addresses, pid: process.pid })
  const reviews = status.workloads.find(({ name }: { name: string }) => name === 'reviews-v2')
  expect(reviews).toMatchObject({ app: 'reviews', version: 'v2', replicas: 1, ready: 1, pods: [{ phase: 'ready', restarts: 0 }] })
})

test('both loopback addresses answer', async () => {
  const { port } = new URL(small.addresses.console)
  for (const host of ['127.0.0.1', '[::1]']) expect((await fetch(`http://${host}:${port}/api/status`)).status).toBe(200)
})

test.each([
  ['a foreign host', { host: 'evil.test' }],
  ['a rebound name with the right port', { host: 'evil.test:PORT' }],
  ['another port', { host: 'localhost:1' }],
  ['a foreign origin', { host: 'localhost:PORT', origin: 'http://evil.test' }],
  ['an origin of this machine on another port', { host: 'localhost:PORT', origin: 'http://localhost:8080' }],
  ['the origin null', { host: 'localhost:PORT', origin: 'null' }],
  ['a cross-site request without an origin', { host: 'localhost:PORT', 'sec-fetch-site': 'cross-site' }],
])('%s is refused', async (_name, headers) => {
  const { port } = new URL(small.addresses.console)
  const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', port)]))
  expect(await withHeaders(filled)).toBe(403)
  expect(await withHeaders(filled, 'POST', '/api/pods/details-v1/kill')).toBe(403)
})

test.each([
  ['GET', '/api/apply', 'OPTIONS, POST'],
  ['DELETE', '/api/status', 'GET, HEAD, OPTIONS'],
  ['POST', '/api/mesh-config', 'OPTIONS, PUT'],
  ['GET', '/api/objects/vs/default/reviews', 'DELETE, OPTIONS, PATCH'],
  ['PUT', '/', 'GET, HEAD, OPTIONS'],
  ['POST', '/zipkin/api/v2/traces', 'GET, HEAD, OPTIONS'],
  ['DELETE', '/zipkin/api/v2/spans', 'GET, HEAD, OPTIONS, POST'],
])('%s %s is a 405 that names the methods there are, as OPTIONS does', async (method, path, allow) => {
  const wrong = await api(path, { method })
  expect([wrong.status, wrong.headers.get('allow'), await wrong.json()]).toEqual([
    405,
    allow,
    { error: `there is no ${method} ${path}, only ${allow}` },
  ])
  const options = await api(path, { method: 'OPTIONS' })
  expect([options.status, options.headers.get('allow')]).toEqual([204, allow])
})

test('a wrong method on an unknown path is a 404', async () => {
  expect((await api('/api/nothing', { method: 'PUT' })).status).toBe(404)
})

test('a foreign page does not learn the methods', async () => {
  expect(await withHeaders({ host: 'evil.test' }, 'OPTIONS', '/api/apply')).toBe(403)
})

test('its own pages are welcome', async () => {
  const { host } = new URL(small.addresses.console)
  expect(await withHeaders({ host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).toBe(200)
})

test('a form cannot post: only JSON is read', async () => {
  const answer = await api('/api/apply', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"files":[]}' })
  expect(answer.status).toBe(415)
})

test('each problem of a manifest is reported with its place, and nothing changes', async () => {
  const before = await (await api('/api/objects')).json()
  const answer = await post('/api/apply', { files: [{ file: 'x.yaml', text: 'kind: VirtualService' }] })
  expect(answer.status).toBe(422)
  expect((await answer.json()).problems[0].where).toMatch(/^x\.yaml#1/)
  expect(await (await api('/api/objects')).json()).toEqual(before)
})

test.each([
  ['/api/apply', { files: 'all' }],
  ['/api/explain', { path: 1 }],
  ['/api/explain', { path: 'no/slash' }],
])('%s refuses %o with 400', async (path, body) => {
  const answer = await post(path, body)
  expect(answer.status).toBe(400)
  expect((await answer.json()).error).toEqual(expect.any(String))
})

test('events tell of rules and of requests as they happen', async () => {
  const abort = new AbortController()
  const stream = await api('/api/events', { signal: abort.signal })
  expect(stream.headers.get('content-type')).toBe('text/event-stream')
  const names: string[] = []
  const reading = (async () => {
    for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream()))
      for (const [, name] of chunk.matchAll(/^event: (\w+)$/gm)) names.push(name!)
  })().catch(() => undefined)
  await expect.poll(() => names.slice(0, 3)).toEqual(['status', 'rules', 'stats'])
  await fetch(`${small.addresses.gateway}/productpage`)
  await expect.poll(() => names).toContain('exchange')
  const rules = names.filter((name) => name === 'rules').length
  await post('/api/apply', {
    files: [
      { file: 'x', text: 'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: seen}\nspec: {host: reviews}' },
    ],
  })
  await expect.poll(() => names.filter((name) => name === 'rules').length).toBe(rules + 1)
  abort.abort()
  await reading
})

test('the library has the ready-made rules, and knows which are in force', async () => {
  const files = (await (await api('/api/library')).json()) as { path: string; applied: boolean; problem: string | null }[]
  expect(files.find(({ path }) => path === 'networking/bookinfo-gateway.yaml')).toMatchObject({ applied: true, problem: null })
  expect(files.find(({ path }) => path === 'networking/virtual-service-all-v1.yaml')).toMatchObject({ applied: false, problem: null })
})

test('traces of the mesh are on the ports of the console and of the collector', async () => {
  await fetch(`${small.addresses.gateway}/productpage`, {
    headers: { 'x-b3-traceid': '463ac35c9f6413ad', 'x-b3-spanid': 'a2fb4a1d1a96d312' },
  })
  const [onConsole, collector] = await Promise.all(
    [`${small.addresses.console}/zipkin`, small.addresses.zipkin].map(async (base) =>
      (await fetch(`${base}/api/v2/trace/463ac35c9f6413ad`)).json(),
    ),
  )
  expect(onConsole).toHaveLength(3)
  expect(collector).toEqual(onConsole)
})

test('OpenAPI describes every route that this test uses', async () => {
  const { paths } = await (await api('/openapi.json')).json()
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/api/status', '/api/apply', '/api/explain', '/api/events', '/api/library', '/zipkin/api/v2/traces']),
  )
})

test('what is applied survives a restart with --state, and is saved before it is in force', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'))
  let full = false
  const save: typeof saveRules = (where, saved) => {
    if (full) throw new Error('nothing was changed: no space left')
    saveRules(where, saved)
  }
  const first = await startSmallMesh({ rules: { save: (saved) => save(folder, saved) } })
  const rule = {
    file: 'kept.yaml',
    text: 'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: kept}\nspec: {host: reviews}',
  }
  first.mesh.rules.apply([rule])
  full = true
  expect(() => first.mesh.rules.delete(first.mesh.rules.objects.find(({ name }) => name === 'kept')!)).toThrow(/no space left/)
  expect(first.mesh.rules.objects.map(({ name }) => name)).toContain('kept')
  await first.stop()
  expect(readFileSync(join(folder, 'rules.json'), 'utf8')).toContain('"kept"')

  const second = await startSmallMesh()
  second.mesh.rules.restore(loadRules(folder)!)
  expect(second.mesh.rules.objects.map(({ name }) => name)).toEqual(['bookinfo-gateway', 'bookinfo', 'kept'])
  await second.stop()
  rmSync(folder, { recursive: true })
})

test('a pod that leaves gets the signal to stop when its requests are answered', async () => {
  const { fleet, outbound, sidecars } = small.mesh
  const details = fleet.workload('details-v1')!
  const [{ pod }] = fleet.of('details-v1') as [ReturnType<typeof fleet.of>[number]]
  const answer = fetch(`http://127.0.0.1:${outbound.get('productpage-v1')!.get('details')}/held`)
  await expect.poll(() => sidecars.get('productpage-v1')!.balancer.active(pod.name)).toBe(1)
  fleet.scale(details, 0)
  expect(fleet.endpoints.some((each) => each.pod === pod.name)).toBe(false)
  await fetch(`http://127.0.0.1:${pod.port}/release`)
  expect((await answer).status).toBe(200)
  await expect.poll(() => fleet.of('details-v1')).toEqual([])
  fleet.scale(details, 1)
  await expect.poll(() => fleet.endpoints.some(({ workload }) => workload === 'details-v1')).toBe(true)
})

const deep = (unit: string, end: string) => unit.repeat(20_000) + end.repeat(20_000)
test.each([
  [
    '/api/apply',
    'POST',
    `{"files":[{"file":"deep.yaml","text":${JSON.stringify(deep('[', ']'))}}]}`,
    422,
    'deep.yaml#1: nested deeper than 48 levels (line 1)',
  ],
  ['/api/apply', 'POST', `{"files":${deep('[', ']')}}`, 400, 'body/files/0 must be object'],
  ['/api/delete', 'POST', deep('{"files":[', ']}'), 400, "body/files/0 must have required property 'file'"],
  ['/api/explain', 'POST', `{"headers":${deep('{"a":', '}').replace('{"a":}', '{"a":1}')}}`, 400, 'body/headers/a must be string'],
  ['/api/traffic', 'PUT', deep('[', ']'), 400, 'body must be object'],
  ['/zipkin/api/v2/spans', 'POST', deep('[', ']'), 400, 'cannot read spans: [0]: expected an object'],
])('%s refuses what is nested 20,000 deep', async (path, method, body, status, error) => {
  const answer = await api(path, { method, headers: { 'content-type': 'application/json' }, body })
  expect([answer.status, (await answer.json()).error]).toEqual([status, error])
})
