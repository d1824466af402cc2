/** What a client without a sidecar gets: Kubernetes' own balancing, and no rule of a caller. */
import type { Endpoint, Forward, MeshService, RuleRequest } from '@bookinfo/rules/decision'
import { isHttp2 } from '@bookinfo/rules/grpc'
import { endpointsOf } from '@bookinfo/rules/selected-by'

const unchanged = { remove: [], set: [], add: [] }

/** A pod of `service` at random, as a Kubernetes Service picks it. */
export function withoutSidecar(
  { host, namespace, selector, ports }: MeshService,
  endpoints: readonly Endpoint[],
  request: RuleRequest,
): Forward {
  const { path, authority, port } = request
  const selected = endpointsOf({ namespace, labels: [selector], port }, endpoints)
  return {
    kind: 'forward',
    routeName: 'default',
    delayMs: 0,
    flags: [],
    steps: [{ rule: 'no sidecar', fact: { kind: 'without-sidecar' } }],
    responseHeaders: unchanged,
    cluster: {
      name: `inbound|${port}||${host}`,
      host,
      port,
      endpoints: selected,
      pool: { connectTimeoutMs: 10_000 },
      ...(ports.some(({ number, protocol }) => number === port && protocol !== undefined && isHttp2(protocol)) && { protocol: 'HTTP2' }),
    },
    balancer: { kind: 'RANDOM' },
    path,
    authority,
    requestHeaders: unchanged,
    timeoutMs: 0,
    retry: { attempts: 0, on: [], statusCodes: [], backOffMs: [25, 250] },
    mirrors: [],
  }
}
