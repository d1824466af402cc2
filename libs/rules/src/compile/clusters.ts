/** Destinations with their policy, for callers of one namespace. */
import type { BackendTlsPolicies } from './backend-tls-policies.ts'
import type { Certificates } from './certificates.ts'
import type { Caller, Cluster, ConnectionPool, OutlierDetection } from '../model/decision.ts'
import { hasLabels } from '../model/conditions.ts'
import type { Missing } from '../model/fact.ts'
import type { DestinationRules, Policy } from './destination-rules.ts'
import { policyFor } from './destination-rules.ts'
import { duration } from '../model/duration.ts'
import { isHttp2 } from '../model/grpc.ts'
import type { LoadBalancer } from '../manifests/kinds/destination-rule.ts'
import { levelsFor } from './locality.ts'
import type { Host, Registry } from './registry.ts'
import { trafficOf } from '../model/port-protocol.ts'
import type { RouteDestination } from '../model/route.ts'
import { originationOf } from './tls-origination.ts'

/** A cluster and how its endpoints are chosen. */
export interface Target {
  cluster: Cluster
  loadBalancer: LoadBalancer | undefined
}

interface Template extends Target {
  host: Host
  port: number
  perCaller: Map<string, Cluster>
}

type Wanted = Pick<RouteDestination, 'host' | 'port' | 'subset' | 'labels'>

/** What destinations are made of. */
export interface ClusterSources {
  registry: Registry
  policies: DestinationRules
  certificates: Certificates
  backendTls: BackendTlsPolicies
}

export class Clusters {
  readonly #memo = new Map<string, Template | Missing>()
  readonly #sources: ClusterSources
  readonly #namespace: string

  constructor(sources: ClusterSources, namespace: string) {
    this.#sources = sources
    this.#namespace = namespace
  }

  /** The target for a caller that asked for `askedPort` and `askedHost`, or why there is none. */
  get(wanted: Wanted, askedPort: number, askedHost: string, caller: Caller): Target | Missing {
    const key = `${wanted.host}|${wanted.port ?? ''}|${askedPort}|${wanted.subset ?? ''}|${wanted.labels ? JSON.stringify(wanted.labels) : ''}`
    let template = this.#memo.get(key)
    if (template === undefined) {
      template = this.#make(wanted, askedPort)
      if (this.#memo.size < 10_000) this.#memo.set(key, template)
    }
    if ('kind' in template) return template
    if (template.cluster.external && template.host.external === 'as-asked') {
      const external = { ...template.cluster.external, host: askedHost }
      return { cluster: { ...template.cluster, external }, loadBalancer: template.loadBalancer }
    }
    const where = caller.locality || template.loadBalancer?.localityLbSetting
    return where ? { cluster: near(template, caller), loadBalancer: template.loadBalancer } : template
  }

  #make(wanted: Wanted, askedPort: number): Template | Missing {
    const { registry, policies, certificates, backendTls } = this.#sources
    const host = registry.get(wanted.host)
    if (!host) return { kind: 'host-unknown', host: wanted.host }
    const number = wanted.port ?? (host.ports.length === 1 ? host.ports[0]!.number : askedPort)
    const port = host.ports.find((each) => each.number === number)
    if (!port) return { kind: 'port-unknown', host: wanted.host, port: number }
    const rule = policies.find(wanted.host, this.#namespace, host.namespace)
    const subset = wanted.subset === undefined ? undefined : rule?.subsets.get(wanted.subset)
    if (wanted.subset !== undefined && !subset) return { kind: 'subset-unknown', host: wanted.host, subset: wanted.subset }
    const labels = { ...subset?.labels, ...wanted.labels }
    const policy = policyFor(rule, number, subset)
    const name =
      wanted.subset ??
      Object.entries(wanted.labels ?? {})
        .map(([key, value]) => `${key}=${value}`)
        .join(',')
    const endpoints = host.endpoints(number).filter((each) => hasLabels(labels, each.labels))
    // A BackendTLSPolicy goes before a DestinationRule's `tls`; the rest of that rule still holds.
    const declared = backendTls.find(wanted.host, number)
    const mode = declared ? 'SIMPLE' : policy.tls?.mode
    const outlier = policy.outlierDetection && outlierOf(policy.outlierDetection)
    const originates = mode === 'SIMPLE' || mode === 'MUTUAL'
    const tls =
      declared?.settings ??
      (originates && policy.tls ? originationOf(policy.tls, certificates, this.#namespace, host.subjectAltNames) : undefined)
    // As in Envoy, a cluster whose certificate is not there has no endpoints.
    const broken = typeof tls === 'string'
    const cluster: Cluster = {
      name: `outbound|${number}|${name}|${wanted.host}`,
      host: wanted.host,
      port: number,
      ...(name !== '' && { subset: name }),
      endpoints: broken ? [] : endpoints,
      ...(host.pods && !broken && { pods: { ...host.pods, labels: [...host.pods.labels, labels], port: port.targetPort } }),
      ...protocolOf(policy, port.protocol ?? ''),
      pool: poolOf(policy),
      ...(host.external && !broken && { external: { scheme: originates ? 'https' : 'http', host: wanted.host, port: port.targetPort } }),
      ...(outlier && { outlier }),
      ...(policy.tunnel && { tunnel: { host: policy.tunnel.targetHost, port: policy.tunnel.targetPort } }),
      ...(mode && { tls: mode }),
      ...(tls !== undefined && !broken && { tlsSettings: tls }),
      ...(declared && { tlsRule: declared.rule }),
      ...(tls !== undefined && host.pods && { podsRead: trafficOf(port.protocol) }),
    }
    return { host, port: number, cluster, loadBalancer: policy.loadBalancer, perCaller: new Map() }
  }
}

/** The cluster as the caller's locality sees it. */
const near = (template: Template, caller: Caller): Cluster => {
  const setting = template.loadBalancer?.localityLbSetting
  const key = `${caller.locality}|${setting?.failoverPriority ? JSON.stringify(caller.labels) : ''}`
  const known = template.perCaller.get(key)
  if (known) return known
  const levels = levelsFor(setting, template.cluster.outlier !== undefined, template.cluster.endpoints, {
    locality: caller.locality ?? '',
    labels: caller.labels,
  })
  const cluster = levels ? { ...template.cluster, levels } : template.cluster
  if (template.perCaller.size < 1000) template.perCaller.set(key, cluster)
  return cluster
}

/** As in Istio, the client's protocol goes before all others, and a port that is declared as HTTP/2 needs no upgrade. */
const protocolOf = ({ connectionPool }: Policy, port: string): Pick<Cluster, 'protocol'> => {
  const { useClientProtocol, h2UpgradePolicy } = connectionPool?.http ?? {}
  if (useClientProtocol) return { protocol: 'AS_CLIENT' }
  return isHttp2(port) || h2UpgradePolicy === 'UPGRADE' ? { protocol: 'HTTP2' } : {}
}

const poolOf = ({ connectionPool }: Policy): ConnectionPool => {
  const { tcp, http } = connectionPool ?? {}
  const given = { idleTimeoutMs: tcp?.idleTimeout, maxDurationMs: tcp?.maxConnectionDuration, keepAliveMs: tcp?.tcpKeepalive?.time }
  const ofTcp = Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, duration(value)]]))
  // 0 is Envoy's "no limit" for all but the pending requests, where Istio leaves it out as well.
  return {
    connectTimeoutMs: tcp?.connectTimeout === undefined ? 10_000 : duration(tcp.connectTimeout),
    ...(tcp?.maxConnections && { maxConnections: tcp.maxConnections }),
    ...(http?.http1MaxPendingRequests && { http1MaxPendingRequests: http.http1MaxPendingRequests }),
    ...(http?.http2MaxRequests && { http2MaxRequests: http.http2MaxRequests }),
    ...(http?.maxConcurrentStreams && { maxConcurrentStreams: http.maxConcurrentStreams }),
    ...(http?.maxRequestsPerConnection && { maxRequestsPerConnection: http.maxRequestsPerConnection }),
    ...(http?.maxRetries && { maxRetries: http.maxRetries }),
    ...(http?.idleTimeout !== undefined && { idleTimeoutMs: duration(http.idleTimeout) }),
    ...(http?.http2KeepAlive && {
      ping: { everyMs: duration(http.http2KeepAlive.interval), timeoutMs: duration(http.http2KeepAlive.timeout) },
    }),
    ...(ofTcp.length > 0 && { tcp: Object.fromEntries(ofTcp) }),
  }
}

// Defaults are Envoy's; gateway errors count only when configured.
const outlierOf = (given: NonNullable<Policy['outlierDetection']>): OutlierDetection => ({
  consecutive5xxErrors: given.consecutive5xxErrors ?? 5,
  consecutiveGatewayErrors: given.consecutiveGatewayErrors ?? 0,
  intervalMs: given.interval === undefined ? 10_000 : duration(given.interval),
  baseEjectionTimeMs: given.baseEjectionTime === undefined ? 30_000 : duration(given.baseEjectionTime),
  maxEjectionPercent: given.maxEjectionPercent || 10,
  minHealthPercent: given.minHealthPercent ?? 0,
})
