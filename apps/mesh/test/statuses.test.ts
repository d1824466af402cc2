/** What the store says of objects by itself: generations, statuses and warnings, and when they change. */
import type { Reach } from '@bookinfo/rules/gateway-status'
import { beforeEach, expect, test } from 'vitest'
import { RuleStore } from '../src/rules/store.ts'
import { selectable, services } from '../src/topology.ts'

const gateway = (port = 80, more = '') => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: door${more}}
spec: {gatewayClassName: istio, listeners: [{name: http, port: ${port}, protocol: HTTP}]}
---
`
const route = (section: string) => `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r}
spec: {parentRefs: [{name: door, sectionName: ${section}}], rules: [{backendRefs: [{name: reviews, port: 9080}]}]}
status: {parents: [{parentRef: {name: door}, controllerName: other.example/controller, conditions: []}]}
---
`

let time: number
let labels: Record<string, string>[]
let reach: Reach
let store: RuleStore
beforeEach(() => {
  time = Date.UTC(2026, 10, 27)
  labels = [{ app: 'reviews', version: 'v1' }]
  const url = (port: number): ReturnType<Reach['at']> => ({ url: `http://localhost:${port}` })
  reach = { address: { type: 'IPAddress', value: '127.0.0.1' }, at: ({ port, front }) => url(front ? 8080 : port) }
  const inventory = () => ({ services, endpoints: [], workloads: selectable(labels.map((each) => ({ labels: each }))) })
  store = new RuleStore({ inventory, now: () => time, reach: { ...reach, at: (place) => reach.at(place) } })
})

interface Timed {
  type: string
  status: string
  observedGeneration: number
  lastTransitionTime: string
}

const apply = (text: string) => store.apply([{ file: 'a.yaml', text }])
const object = (name: string) => store.objects.find((each) => each.name === name)!
const accepted = () => (store.statusOf(object('r')) as { parents: { conditions: Timed[] }[] }).parents[0]!.conditions[0]!
const listener = () => (store.statusOf(object('door')) as { listeners: { conditions: Timed[] }[] }).listeners[0]!.conditions[0]!

test('a condition carries the generation that it is about, and since when it is so', () => {
  apply(gateway() + route('http'))
  expect(accepted()).toMatchObject({ type: 'Accepted', status: 'True', observedGeneration: 1, lastTransitionTime: '2026-11-27T00:00:00Z' })
})

test('the time of a condition stays while its status is the same, whatever changes around it', () => {
  apply(gateway() + route('http'))
  time += 5000
  apply(gateway(81) + route('http'))
  store.recompile()
  store.refresh()
  expect([accepted().lastTransitionTime, listener().observedGeneration, listener().lastTransitionTime]).toEqual([
    '2026-11-27T00:00:00Z',
    2,
    '2026-11-27T00:00:00Z',
  ])
})

test('the time of a condition is that of its last change', () => {
  apply(gateway() + route('http'))
  time += 5000
  apply(route('other'))
  expect(accepted()).toMatchObject({ status: 'False', observedGeneration: 2, lastTransitionTime: '2026-11-27T00:00:05Z' })
  time += 5000
  apply(route('http'))
  expect(accepted()).toMatchObject({ status: 'True', observedGeneration: 3, lastTransitionTime: '2026-11-27T00:00:10Z' })
})

test('a generation counts only changes of the spec, and the uid stays until the object is deleted', () => {
  apply(gateway())
  const { uid } = object('door')
  apply(gateway(80, ', labels: {a: b}'))
  expect(object('door')).toMatchObject({ generation: 1, uid })
  apply(gateway(81))
  expect(object('door')).toMatchObject({ generation: 2, uid })
  store.delete(object('door'))
  apply(gateway())
  expect(object('door').generation).toBe(1)
  expect(object('door').uid).not.toBe(uid)
})

test('uid and generation survive a restart; what was saved before there were any gets them', () => {
  apply(gateway() + route('http'))
  apply(gateway(81))
  const { uid, generation: _generation, ...old } = object('door')
  store.restore({ objects: [object('door')], mesh: store.mesh })
  expect(object('door')).toMatchObject({ uid, generation: 2 })
  store.restore({ objects: [{ ...old, uid: undefined } as never], mesh: store.mesh })
  expect(object('door')).toMatchObject({ uid: expect.any(String), generation: 1 })
})

test('a port that is not to be had is warned about until it is, for both APIs', () => {
  reach = { ...reach, at: ({ front }) => (front ? { url: 'http://localhost:8080' } : { problem: 'it is taken' }) }
  const ports =
    'spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: a, protocol: HTTP}, hosts: ["*"]}, {port: {number: 81, name: b, protocol: HTTP}, hosts: ["*"]}]}'
  const { warnings } = apply(`apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: ports}\n${ports}`)
  expect(warnings).toEqual([{ where: 'a.yaml#1 Gateway default/ports spec.servers[1]', message: 'port 81 is not there: it is taken' }])
  reach = { ...reach, at: () => ({ url: 'http://localhost:81' }) }
  store.refresh()
  expect(store.warnings).toEqual([])
})

test('warnings follow the pods, and a later apply that mends takes them away', () => {
  const subset = (version: string) => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec: {host: reviews, subsets: [{name: a, labels: {version: ${version}}}]}
`
  let changes = 0
  store.on('change', () => changes++)
  store.on('news', () => changes++)
  expect(apply(subset('v2')).warnings).toHaveLength(1)
  labels = [...labels, { app: 'reviews', version: 'v2' }]
  store.recompile()
  expect([store.warnings, changes]).toEqual([[], 2])
  store.recompile()
  expect(changes).toBe(2)
  labels = labels.slice(0, 1)
  store.recompile()
  expect([store.warnings.length, changes]).toEqual([1, 3])
  expect(apply(subset('v1')).warnings).toEqual([])
})

test('a namespace takes what is in it along when it is deleted, and the default one stays', () => {
  apply(`apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n${gateway(80, ', namespace: shop')}`)
  store.delete(object('shop'))
  expect(store.objects).toEqual([])
  apply('apiVersion: v1\nkind: Namespace\nmetadata: {name: default}')
  expect(() => store.delete(object('default'))).toThrow('namespaces "default": is forbidden: this namespace may not be deleted')
})
