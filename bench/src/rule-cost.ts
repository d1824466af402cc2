/** What a decision costs with 1,000 routes against 10: as exact paths, as prefixes, and as HTTPRoutes. */
import { decide } from '@bookinfo/rules/decide'
import type { BalancerState, Caller, Inventory, RuleRequest } from '@bookinfo/rules/decision'
import { parseManifests } from '@bookinfo/rules/parse-manifests'
import { compile, type RuleSet } from '@bookinfo/rules/ruleset'
import { median } from './median.ts'

const decisions = 50_000

const inventory: Inventory = {
  services: [
    {
      name: 'reviews',
      namespace: 'default',
      host: 'reviews.default.svc.cluster.local',
      ports: [{ number: 9080, name: 'http', protocol: 'HTTP' }],
      selector: { app: 'reviews' },
    },
  ],
  endpoints: [],
  workloads: [],
}
const kinds = ['exact paths', 'prefix paths', 'HTTPRoutes'] as const
const caller: Caller = { kind: 'workload', name: 'productpage-v1', namespace: 'default', labels: {}, remoteIp: '127.0.0.1' }
const quiet: BalancerState = { active: () => 0, ejected: () => false, next: () => 0 }

const listOf = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index))

const virtualService = (routes: number, match: 'exact' | 'prefix') => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'reviews' },
  spec: {
    hosts: ['reviews'],
    http: listOf(routes, (index) => ({ match: [{ uri: { [match]: `/r/${index}` } }], route: [{ destination: { host: 'reviews' } }] })),
  },
})

/** Ten rules each. */
const httpRoutes = (routes: number) =>
  listOf(routes / 10, (route) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: `r${route}` },
    spec: {
      parentRefs: [{ group: '', kind: 'Service', name: 'reviews' }],
      rules: listOf(10, (index) => ({
        matches: [{ path: { value: `/r/${route * 10 + index}` } }],
        backendRefs: [{ name: 'reviews', port: 9080 }],
      })),
    },
  }))

function ruleSet(routes: number, kind: RuleCost['kind']): RuleSet {
  const items = kind === 'HTTPRoutes' ? httpRoutes(routes) : [virtualService(routes, kind === 'prefix paths' ? 'prefix' : 'exact')]
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  return compile(
    parseManifests(text, 'bench.yaml').objects.map((object) => ({ ...object, created: 0 })),
    inventory,
  )
}

/** Requests for ten routes all over the set. */
const requests = (routes: number): RuleRequest[] =>
  Array.from({ length: 10 }, (_, index) => ({
    method: 'GET',
    scheme: 'http',
    authority: 'reviews:9080',
    port: 9080,
    path: `/r/${Math.floor((index * routes) / 10)}`,
    headers: {},
  }))

/** µs of processor time a decision. */
function cost({ set, asked }: { set: RuleSet; asked: readonly RuleRequest[] }): number {
  const before = process.threadCpuUsage()
  for (let i = 0; i < decisions; i++) decide(set, asked[i % asked.length]!, caller, quiet, () => 0)
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / decisions
}

export interface RuleCost {
  kind: (typeof kinds)[number]
  ten: number
  thousand: number
  ratio: number
}

/** Both sizes in turn, `rounds` times after a first one that only warms up; medians. */
export function ruleCosts(rounds: number): RuleCost[] {
  return kinds.map((kind) => {
    const few = { set: ruleSet(10, kind), asked: requests(10) }
    const many = { set: ruleSet(1000, kind), asked: requests(1000) }
    cost(few)
    cost(many)
    const pairs = Array.from({ length: rounds }, () => [cost(few), cost(many)] as const)
    return {
      kind,
      ten: median(pairs.map(([ten]) => ten)),
      thousand: median(pairs.map(([, thousand]) => thousand)),
      ratio: median(pairs.map(([ten, thousand]) => thousand / ten)),
    }
  })
}
