/** The same demos by the Gateway API: its own gateway, and routes for Services that the callers' sidecars obey. */
import { reach } from '@bookinfo/tools/k8s-reach'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { count, get, login, settles, shares } from './support/bookinfo.ts'
import { apply, kubectl, namespace, ready, remove, removeRules } from './support/cluster.ts'
import { eventually } from '@bookinfo/tools/eventually'

const n = 500
const rule = (name: string) => apply(`gateway-api/route-${name}.yaml`)

let base: string
let jason: string
let stop = async () => {}

beforeAll(async () => {
  await removeRules()
  await apply(['platform/kube/bookinfo-versions.yaml', 'gateway-api/bookinfo-gateway.yaml'])
  // Its pods are what counts, once Istio has made them: without a load balancer the Gateway itself never gets an address, and is not Programmed.
  await eventually(() => kubectl('get', 'deployment', 'bookinfo-gateway-istio', '-n', namespace))
  await ready(namespace, 'bookinfo-gateway-istio')
  const gateway = await reach('bookinfo-gateway-istio', 80, namespace)
  base = gateway.url
  stop = gateway.stop
  jason = await eventually(() => login('jason', base))
})
beforeEach(async () => {
  await removeRules()
  await rule('all-v1')
  await settles(['v1'], { base, of: 15 })
})
afterAll(async () => {
  await removeRules()
  await stop()
  await remove(['gateway-api/bookinfo-gateway.yaml', 'platform/kube/bookinfo-versions.yaml'])
})

test('bookinfo-gateway: the page and nothing else', async () => {
  expect((await get('/productpage', { base })).text).toContain('<title>Simple Bookstore App</title>')
  expect((await get('/metrics', { base })).status).toBe(404)
})

test('route-all-v1: all reviews come from v1', async () => {
  expect(await count(60, { base })).toEqual({ v1: 60 })
})

test.each(['v1', 'v3'])('route-reviews-%s: all reviews come from there', async (version) => {
  await rule(`reviews-${version}`)
  await settles([version], { base })
  expect(await count(60, { base })).toEqual({ [version]: 60 })
})

test.each([
  ['reviews-50-v3', { v1: 50, v3: 50 }],
  ['reviews-90-10', { v1: 90, v2: 10 }],
  ['reviews-80-20', { v1: 80, v2: 20 }],
  ['reviews-v2-v3', { v2: 50, v3: 50 }],
] as [string, Record<string, number>][])('route-%s: the versions get %o percent', async (name, expected) => {
  await rule(name)
  await settles(Object.keys(expected), { base, of: 30 })
  shares(await count(n, { base }), expected)
})

test('route-reviews-test-v2: jason sees v2, all others v1', async () => {
  await rule('reviews-test-v2')
  await settles(['v2'], { base, session: jason })
  expect(await count(30, { base, session: jason })).toEqual({ v2: 30 })
  expect(await count(30, { base })).toEqual({ v1: 30 })
})

test('route-reviews-jason-v2-v3: jason sees v2, all others v3', async () => {
  await rule('reviews-jason-v2-v3')
  await settles(['v3'], { base })
  expect(await count(30, { base, session: jason })).toEqual({ v2: 30 })
})
