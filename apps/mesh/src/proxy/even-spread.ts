/** What happens without any rule, until the rules decide: upstream's gateway paths, and every service's endpoints in turn. */
import type { Workload } from '@bookinfo/rules/authorize'
import type { Balancer, BalancerState, Caller, Cluster, Decision, Endpoint, Random, RuleRequest, Verdict } from '@bookinfo/rules/decision'
import type { RuleSet } from '@bookinfo/rules/ruleset'
import { namespace, services, trustDomain } from '../topology.ts'

const none = { remove: [], set: [], add: [] }

export function evenSpread(endpoints: () => readonly Endpoint[]) {
  const decide = (_rules: RuleSet, request: RuleRequest, caller: Caller, _state: BalancerState, _random: Random): Decision => {
    const common = { routeName: 'default', delayMs: 0, flags: [], steps: [], responseHeaders: none }
    const path = request.path.split('?', 1)[0]!
    const open = ['/productpage', '/login', '/logout'].includes(path) || path.startsWith('/static') || path.startsWith('/api/v1/products')
    const name = caller.kind === 'gateway' ? (open ? 'productpage' : '') : request.authority.split(':')[0]
    const service = services.find((each) => each.name === name)
    if (!service) return { ...common, kind: 'respond', status: 404, headers: [], body: '', flags: ['NR'] }
    const selected = endpoints().filter(({ labels }) => Object.entries(service.selector).every(([key, value]) => labels[key] === value))
    const host = `${name}.${namespace}.svc.${trustDomain}`
    const cluster = { name: `outbound|9080||${host}`, host, port: 9080, endpoints: selected, pool: { connectTimeoutMs: 10_000 } }
    const { path: same, authority } = request
    return {
      ...common,
      kind: 'forward',
      cluster,
      balancer: { kind: 'ROUND_ROBIN' },
      path: same,
      authority,
      requestHeaders: none,
      timeoutMs: 0,
      retry: { attempts: 0, on: [], statusCodes: [], backOffMs: [25, 250] },
      mirrors: [],
    }
  }
  const pickEndpoint = (cluster: Cluster, _balancer: Balancer, state: BalancerState, _random: Random, _exclude?: ReadonlySet<string>) =>
    cluster.endpoints[state.next(cluster.name) % cluster.endpoints.length]
  const authorize = (
    _rules: RuleSet,
    _request: RuleRequest,
    _caller: Caller,
    _destination: Workload,
    _now: number,
  ): Verdict | Promise<Verdict> => ({ allow: true, steps: [], requestHeaders: none })
  return { decide, pickEndpoint, authorize }
}
