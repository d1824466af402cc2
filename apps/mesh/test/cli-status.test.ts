/** Statuses and warnings as the commands show them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCommands } from './helpers/commands.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let small: SmallMesh
let commands: ReturnType<typeof startCommands>
beforeAll(async () => {
  small = await startSmallMesh()
  commands = startCommands(new URL(small.addresses.console).port)
  small.mesh.rules.apply([{ file: 'rules.yaml', text: rules('http') }])
})
afterAll(async () => {
  commands.stop()
  await small.stop()
})

const rules = (section: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door}
spec: {gatewayClassName: other, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, uid: 11111111-1111-4111-8111-111111111111, generation: 40, resourceVersion: "5"}
spec: {parentRefs: [{name: door, sectionName: ${section}}], rules: [{backendRefs: [{name: reviews, port: 9080}]}]}
status:
  parents: [{parentRef: {name: door}, controllerName: other.example/controller, conditions: []}]
`

const bookinfo = (line: string, input = '') => commands.bookinfo(line.split(' '), input)

test("a status is the mesh's own, and what only a server knows is its own too", async () => {
  const { stdout, stderr } = await bookinfo('get httproute r -o json')
  const { metadata, status } = JSON.parse(stdout)
  expect(metadata).toMatchObject({
    name: 'r',
    namespace: 'default',
    generation: 1,
    creationTimestamp: expect.stringMatching(/^\d{4}-.*Z$/),
  })
  expect([metadata.uid === '11111111-1111-4111-8111-111111111111', metadata.resourceVersion]).toEqual([false, undefined])
  expect(status.parents).toMatchObject([
    {
      controllerName: 'bookinfo.example/local-mesh',
      conditions: [{ type: 'Accepted', status: 'True', observedGeneration: 1 }, { type: 'ResolvedRefs' }],
    },
  ])
  expect(stderr).toBe('')
})

test('what get prints can be applied again, status and all, and changes nothing', async () => {
  const printed = (await bookinfo('get gtw,httproutes -o yaml')).stdout
  expect((await bookinfo('apply -f -', printed)).stdout).toBe(
    'gateway.gateway.networking.k8s.io/door unchanged\nhttproute.gateway.networking.k8s.io/r unchanged\n',
  )
})

test('the tables have their columns', async () => {
  expect((await bookinfo('get gtw')).stdout).toMatch(/^NAME +CLASS +ADDRESS +PROGRAMMED +AGE\ndoor +other +127\.0\.0\.1 +True +\S+\n$/)
  expect((await bookinfo('get gc')).stdout).toMatch(
    /^NAME +CONTROLLER +ACCEPTED +AGE\nistio +bookinfo\.example\/local-mesh +True +\S+\nother +bookinfo\.example\/local-mesh +True +\S+\n$/,
  )
})

test('describe shows the status', async () => {
  const { stdout } = await bookinfo('describe gtw door')
  expect(stdout).toContain('Status:\n')
  expect(stdout).toMatch(/Attached Routes: +1\n/)
  expect(stdout).toMatch(/Message: +reached at http:\/\/localhost:\d+\n/)
})

test('apply, get and describe warn of what is wrong, until a later apply mends it', async () => {
  const message = 'Gateway default/door has no listener named other: the route gets no requests there'
  const warning = `Warning: STDIN#2 HTTPRoute default/r spec.parentRefs[0]: ${message}\n`
  expect((await bookinfo('apply -f -', rules('other'))).stderr).toBe(warning)
  for (const line of ['get httproutes', 'get httproute r -o yaml', 'get httproute r -o name'])
    expect((await bookinfo(line)).stderr).toBe(warning)
  const { stdout } = await bookinfo('describe httproute r')
  expect(stdout).toMatch(/Reason: +NoMatchingParent\n/)
  expect(stdout).toContain(`spec.parentRefs[0]: ${message}`)
  expect((await bookinfo('get gtw')).stderr).toBe('')
  expect((await bookinfo('apply -f -', rules('http'))).stderr).toBe('')
  expect((await bookinfo('get httproutes')).stderr).toBe('')
})

test('warnings come and go with the pods', async () => {
  const text = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec: {host: reviews, subsets: [{name: a, labels: {canary: "yes"}}]}
`
  expect((await bookinfo('apply -f -', text)).stderr).toContain(
    'no pod of reviews.default.svc.cluster.local has the labels of a subset (a: canary=yes)',
  )
  await bookinfo('label pod reviews-v2 canary=yes')
  expect((await bookinfo('get dr reviews')).stderr).toBe('')
  await bookinfo('label pod reviews-v2 canary-')
  expect((await bookinfo('get dr reviews')).stderr).toContain('no pod of reviews')
})

test('labels of a namespace are kept, and it takes what is in it along', async () => {
  const text = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: outside, namespace: shop}
spec: {hosts: [outside.example], ports: [{number: 80, name: http}]}
`
  expect((await bookinfo('apply -f -', text)).stdout).toContain('namespace/shop created\n')
  expect((await bookinfo('get ns -l team=a -o name')).stdout).toBe('namespace/shop\n')
  expect((await bookinfo('delete ns shop')).stdout).toBe('namespace "shop" deleted\n')
  expect((await bookinfo('get se -n shop')).stderr).toBe('No resources found in shop namespace.\n')
})
