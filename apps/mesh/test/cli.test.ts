/** `npx bookinfo` against a running mesh: words and exit codes as kubectl's. */
import { knownEnv } from '@bookinfo/tools/known-env'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startCommands } from './helpers/commands.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

const k8s = fileURLToPath(new URL('../../../k8s/', import.meta.url))
const allV1 = `${k8s}networking/virtual-service-all-v1.yaml`
const subsets = `${k8s}networking/destination-rule-all.yaml`

let small: SmallMesh
let commands: ReturnType<typeof startCommands>
beforeAll(async () => {
  small = await startSmallMesh()
  commands = startCommands(new URL(small.addresses.console).port)
})
afterAll(async () => {
  commands.stop()
  await small.stop()
})
beforeEach(() => {
  for (const object of small.mesh.rules.objects)
    if (object.name !== 'bookinfo' && object.name !== 'bookinfo-gateway') small.mesh.rules.delete(object)
})

const bookinfo = (...args: string[]) => commands.bookinfo(args)

test('apply says created, unchanged and configured, object by object', async () => {
  expect(await bookinfo('apply', '-f', allV1)).toEqual({
    code: 0,
    stdout: ['productpage', 'reviews', 'ratings', 'details'].map((name) => `virtualservice.networking.istio.io/${name} created\n`).join(''),
    stderr: expect.anything(),
  })
  expect((await bookinfo('apply', '-f', allV1)).stdout).toMatch(/^virtualservice.networking.istio.io\/productpage unchanged\n/)
  const changed = await bookinfo('apply', '-f', `${k8s}networking/virtual-service-reviews-v3.yaml`)
  expect(changed).toMatchObject({ code: 0, stdout: 'virtualservice.networking.istio.io/reviews configured\n' })
})

test('a dry run changes nothing', async () => {
  const { code, stdout } = await bookinfo('apply', '-f', subsets, '--dry-run=server')
  expect(code).toBe(0)
  expect(stdout).toContain('destinationrule.networking.istio.io/reviews created (server dry run)\n')
  expect((await bookinfo('get', 'dr')).stderr).toBe('No resources found in default namespace.\n')
})

test('one bad document refuses all of them, with its place', async () => {
  const good = 'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: fine}\nspec: {host: reviews}\n'
  const bad =
    'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: odd}\nspec: {hosts: [reviews], http: [{rout: []}]}\n'
  const { code, stdout, stderr } = await commands.bookinfo(['apply', '-f', '-'], `${good}---\n${bad}`)
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toMatch(/^error: STDIN#2 VirtualService default\/odd spec\.http\[0\]\.rout: /)
  expect((await bookinfo('get', 'dr', 'fine')).code).toBe(1)
})

test('delete says deleted, and NotFound with exit code 1 the second time', async () => {
  await bookinfo('apply', '-f', allV1)
  expect(await bookinfo('delete', '-f', allV1)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('virtualservice.networking.istio.io "reviews" deleted\n'),
  })
  const again = await bookinfo('delete', '-f', allV1)
  expect(again.code).toBe(1)
  expect(again.stderr).toContain(
    `Error from server (NotFound): error when deleting "${allV1}": virtualservices.networking.istio.io "reviews" not found\n`,
  )
  expect((await bookinfo('delete', '-f', allV1, '--ignore-not-found')).code).toBe(0)
})

test('delete and get by kind and name, long and short', async () => {
  await bookinfo('apply', '-f', allV1)
  expect((await bookinfo('get', 'virtualservices', 'reviews')).stdout).toMatch(
    /^NAME +GATEWAYS +HOSTS +AGE\nreviews +\["reviews"\] +\d+s\n$/,
  )
  expect((await bookinfo('get', 'vs/reviews', '-o', 'name')).stdout).toBe('virtualservice.networking.istio.io/reviews\n')
  expect((await bookinfo('get', 'vs', 'reviews', '-o', 'yaml')).stdout).toMatch(
    /kind: VirtualService\nmetadata:\n  creationTimestamp: "\S+"\n  generation: 1\n  name: reviews\n  namespace: default\n  uid: \S+\n/,
  )
  expect(JSON.parse((await bookinfo('get', 'vs', '-o', 'json')).stdout).items).toHaveLength(5)
  expect((await bookinfo('describe', 'vs', 'reviews')).stdout).toMatch(/^Name: +reviews\nNamespace: +default\n/)
  expect(await bookinfo('delete', 'vs', 'reviews')).toMatchObject({
    code: 0,
    stdout: 'virtualservice.networking.istio.io "reviews" deleted\n',
  })
  expect(await bookinfo('get', 'vs', 'reviews')).toMatchObject({
    code: 1,
    stderr: 'Error from server (NotFound): virtualservices.networking.istio.io "reviews" not found\n',
  })
})

test('a folder is applied file by file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'))
  writeFileSync(
    join(folder, 'b.yaml'),
    'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: b}\nspec: {host: reviews}\n',
  )
  writeFileSync(
    join(folder, 'a.yml'),
    'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\nspec: {host: ratings}\n',
  )
  writeFileSync(join(folder, 'notes.txt'), 'no rules here')
  const { stdout } = await bookinfo('apply', '-f', folder)
  rmSync(folder, { recursive: true })
  expect(stdout).toBe('destinationrule.networking.istio.io/a created\ndestinationrule.networking.istio.io/b created\n')
})

test.each([
  [['apply'], 'error: must specify one of -f and -k\n'],
  [['apply', '-f', 'no-such.yaml'], 'error: the path "no-such.yaml" does not exist\n'],
  [['get', 'unicorns'], `error: the server doesn't have a resource type "unicorns"\n`],
  [['fly'], 'error: unknown command "fly" for "bookinfo"\n'],
  [['scale', 'deploy/reviews-v9', '--replicas=2'], 'error: no objects passed to scale deployments.apps "reviews-v9" not found\n'],
  [['kill', 'missing'], 'Error from server (NotFound): pods "missing" not found\n'],
  [['scale', 'reviews-v2'], 'error: required flag(s) "replicas" not set\n'],
])('%s is one line, exit code 1', async (args, stderr) => {
  expect(await small.bookinfo(args)).toEqual({ code: 1, stdout: '', stderr })
})

test('explain tells rule and reason, hop by hop', async () => {
  await bookinfo('apply', '-f', subsets, '-f', `${k8s}networking/virtual-service-reviews-test-v2.yaml`)
  const jason = await bookinfo('explain', '--user', 'jason', '/productpage')
  expect(jason.code).toBe(0)
  expect(jason.stdout).toMatch(/VirtualService default\/reviews .*: .*end-user is exactly "jason"/)
  expect(jason.stdout).toMatch(/= reviews-v2-/)
  expect(jason.stdout).toMatch(/reviews-v2 → GET ratings:9080\/ratings\/0/)
  expect((await bookinfo('explain', '/productpage')).stdout).toMatch(/= reviews-v1-/)
  expect((await bookinfo('explain', '/nowhere')).stdout).toMatch(/= 404, 404 by the proxy/)
})

test('scale, restart and kill act on the pods', async () => {
  const { fleet } = small.mesh
  const ready = () => fleet.endpoints.filter(({ workload }) => workload === 'reviews-v2').map(({ pod }) => pod)
  expect(await bookinfo('scale', 'deployment/reviews-v2', '--replicas=3')).toMatchObject({
    code: 0,
    stdout: 'deployment.apps/reviews-v2 scaled\n',
  })
  await expect.poll(() => ready().length).toBe(3)
  await bookinfo('scale', 'reviews-v2', '--replicas', '1')
  await expect.poll(() => fleet.of('reviews-v2').length).toBe(1)
  const [before] = ready()
  expect((await bookinfo('rollout', 'restart', 'deployment', 'reviews-v2')).stdout).toBe('deployment.apps/reviews-v2 restarted\n')
  await expect.poll(() => fleet.of('reviews-v2').map(({ pod }) => pod.name !== before && pod.phase === 'ready')).toEqual([true])
  const [pod] = fleet.of('reviews-v2')
  expect((await bookinfo('kill', 'reviews-v2')).stdout).toBe(`pod "${pod!.pod.name}" killed\n`)
  await expect.poll(() => pod!.pod.restarts).toBe(1)
  expect((await bookinfo('get', 'pods')).stdout).toMatch(/NAME +READY +STATUS +RESTARTS +AGE/)
  await expect.poll(async () => (await bookinfo('logs', pod!.pod.name)).stdout).toContain('listens')
})

test("the access log of every proxy on the way has a request's line, asked for as on a cluster", async () => {
  await (await fetch(`${small.addresses.gateway}/productpage`)).text()
  const gateway = await bookinfo('logs', '-n', 'istio-system', 'deploy/istio-ingressgateway', '--tail=1')
  expect(gateway.code).toBe(0)
  const [, id] =
    /^\[20\S+Z\] "GET \/productpage HTTP\/1\.1" 200 - 0 \d+ \d+ \d+ "127\.0\.0\.1" "\S+" "([-0-9a-f]{36})" "localhost:\d+" "127.0.0.1:\d+"\n$/.exec(
      gateway.stdout,
    )!
  const pod = small.mesh.fleet.of('productpage-v1')[0]!.pod.name
  const { stdout } = await bookinfo('logs', `pod/${pod}`, '-c', 'istio-proxy', '--tail=1')
  expect(stdout).toMatch(/^\[.*\] "GET \/productpage HTTP\/1.1" 200 /)
  expect(stdout).toContain(id)
  expect((await bookinfo('logs', pod, '-c', 'istio-proxy', '--tail=0')).stdout).toBe('')
  expect((await bookinfo('logs', pod, '-c', 'sidecar')).stderr).toBe(`error: container sidecar is not valid for pod ${pod}\n`)
  expect((await bookinfo('logs', 'missing', '-c', 'istio-proxy')).stderr).toBe(
    'error: error from server (NotFound): pods "missing" not found in namespace "default"\n',
  )
})

test('traffic is sent at its rate, as users who sign in, until it is stopped', async () => {
  expect((await bookinfo('traffic', '--rate', '50', '--users', 'jason,anonymous')).stdout).toBe(
    'sending 50 requests per second to /productpage as jason, anonymous\n',
  )
  await expect.poll(async () => Number(/(\d+) sent, answers 200: \d+/.exec((await bookinfo('traffic')).stdout)?.[1])).toBeGreaterThan(30)
  await expect.poll(async () => (await bookinfo('status')).stdout).toMatch(/istio-ingressgateway +productpage-v1 +\d+\.\d\/s +0\.0 %/)
  expect((await bookinfo('traffic', 'stop')).stdout).toBe('traffic stopped\n')
})

test('without a mesh it says how to start one', async () => {
  const child = await import('node:child_process')
  const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
  const { status, stderr } = child.spawnSync(process.execPath, [cli, 'status'], {
    env: knownEnv({ CONSOLE_PORT: '1' }),
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr).toBe('The connection to the mesh on localhost:1 was refused - is it running? Start it with: npm start\n')
})
