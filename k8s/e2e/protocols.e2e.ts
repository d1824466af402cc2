/** Each demo of gRPC, TCP and TLS, applied as users apply it, does what its name says: on a real mesh and on the local one. */
import { readFileSync } from 'node:fs'
import { eventually } from '@bookinfo/tools/eventually'
import type { CallResult } from '@bookinfo/service/probe-order'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { shares } from './support/bookinfo.ts'
import { startTwoMeshes, type Door, type Order, type Side, type TwoMeshes } from './support/two-meshes.ts'

/** Enough to find 10 % where 20 % was asked for in 999 of 1,000 runs. */
const n = 500
const read = (file: string) => readFileSync(new URL(`../${file}.yaml`, import.meta.url), 'utf8')

let meshes: TwoMeshes
beforeAll(async () => {
  meshes = await startTwoMeshes('bookinfo-protocols', read('networking/destination-rule-all'))
})
afterAll(() => meshes?.stop())

const versions = (answers: CallResult[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(answers, ({ servedBy }) => servedBy?.version ?? 'none')).map(([name, all]) => [name, all!.length]),
  )
const echo = (service: string, more: Partial<Order> = {}): Order => ({ url: `grpc://${service}:9081/bookinfo.v1.Probe/Echo`, ...more })
const reviews = (user: string): Order => ({
  url: 'grpc://reviews:9081/bookinfo.v1.Reviews/GetReviews',
  headers: { 'end-user': user },
  body: '{"id": "0"}',
})

describe.each(['real', 'local'] as const)('on the %s mesh', (name) => {
  let side: Side
  let applied = ''
  const rule = async (file: string) => side.apply((applied = read(file)))
  const ask = (order: Order) => side.from('productpage-v1', order)
  const answered = async (order: Order) => (await ask(order))[0]!
  beforeAll(() => void (side = meshes[name]))
  afterEach(() => side.remove(applied))

  test.each([
    ['networking/virtual-service-grpc-reviews-80-20', echo('reviews')],
    ['gateway-api/route-grpc-reviews-80-20', echo('reviews')],
    ['networking/virtual-service-tcp-reviews-80-20', { url: 'tcp://reviews:9082' }],
    ['gateway-api/route-tcp-reviews-80-20', { url: 'tcp://reviews:9082' }],
  ] as [string, Order][])('%s: eight of ten go to v1, two to v2', async (file, order) => {
    await rule(file)
    await eventually(async () => expect(Object.keys(versions(await ask({ ...order, count: 30 }))).sort()).toEqual(['v1', 'v2']))
    shares(versions(await ask({ ...order, count: n })), { v1: 80, v2: 20 })
  })

  test.each(['networking/virtual-service-grpc-reviews-jason-v2-v3', 'gateway-api/route-grpc-reviews-jason-v2-v3'])(
    '%s: the method goes to v2 for jason and to v3 for others, another method to v1',
    async (file) => {
      await rule(file)
      await eventually(async () => expect(versions(await ask({ ...reviews('mary'), count: 10 }))).toEqual({ v3: 10 }))
      expect(versions(await ask({ ...reviews('jason'), count: 10 }))).toEqual({ v2: 10 })
      expect(versions(await ask({ ...echo('reviews'), count: 10 }))).toEqual({ v1: 10 })
    },
  )

  test('virtual-service-grpc-ratings-abort: RESOURCE_EXHAUSTED for jason only, and no pod is asked', async () => {
    await rule('networking/virtual-service-grpc-ratings-abort')
    await eventually(async () =>
      expect(await answered(echo('ratings', { headers: { 'end-user': 'jason' } }))).toMatchObject({ grpcStatus: 8, servedBy: null }),
    )
    expect(await answered(echo('ratings', { headers: { 'end-user': 'mary' } }))).toMatchObject({
      grpcStatus: 0,
      servedBy: { service: 'ratings' },
    })
  })

  test('virtual-service-grpc-ratings-retry: a call that fails twice succeeds, one that fails three times does not', async () => {
    await rule('networking/virtual-service-grpc-ratings-retry')
    const failing = (fail: number) =>
      answered(echo('ratings', { headers: { 'x-probe-id': crypto.randomUUID() }, body: JSON.stringify({ fail, status: 8 }) }))
    await eventually(async () => expect(await failing(2)).toMatchObject({ grpcStatus: 0 }))
    expect(await failing(3)).toMatchObject({ grpcStatus: 8 })
  })

  test.each([
    ['networking/virtual-service-tls-reviews-v1-v3', 'istio-ingressgateway'],
    ['gateway-api/route-tls-reviews-v1-v3', 'reviews-tls-istio'],
  ])('%s: TLS goes to v1 or v3 by SNI, and another name is refused', async (file, service) => {
    await rule(file)
    const door: Door = { service, port: 443 }
    const asked = async (serverName: string) =>
      (await side.through(door, { url: `tls://${serverName}:443`, serverName, body: 'hello' }))[0]!
    await eventually(async () =>
      expect(await asked('reviews-v3.example')).toMatchObject({
        servedBy: { version: 'v3' },
        headers: { received: '5', 'server-name': 'reviews-v3.example' },
      }),
    )
    expect(await asked('reviews-v1.example')).toMatchObject({ servedBy: { version: 'v1' } })
    expect(await asked('other.example')).toMatchObject({ status: 0, error: 'ECONNRESET' })
  })
})
