import { bookinfo, goal, numbers, productpage, secret, sent, spread, virtualService, type Ask } from '../support.ts'
import { certificateFor } from '../certificates.ts'
import type { FieldCase, Fields } from './field-case.ts'

const { cert, key } = await certificateFor('reviews')
const credential = secret('credential', { stringData: { 'tls.crt': cert, 'tls.key': key, 'ca.crt': cert } })

/** Where a policy can stand, and the rule around it. */
const placesOfPolicies: [at: string, spec: (policy: Fields) => Fields][] = [
  ['trafficPolicy', (policy) => ({ host: 'reviews', trafficPolicy: policy, subsets: [{ name: 'v1' }] })],
  [
    'trafficPolicy.portLevelSettings[]',
    (policy) => ({
      host: 'reviews',
      trafficPolicy: { portLevelSettings: [{ port: { number: 9080 }, ...policy }] },
      subsets: [{ name: 'v1' }],
    }),
  ],
  ['subsets[].trafficPolicy', (policy) => ({ host: 'reviews', subsets: [{ name: 'v1', trafficPolicy: policy }] })],
  [
    'subsets[].trafficPolicy.portLevelSettings[]',
    (policy) => ({
      host: 'reviews',
      subsets: [{ name: 'v1', trafficPolicy: { portLevelSettings: [{ port: { number: 9080 }, ...policy }] } }],
    }),
  ],
]
const toV1 = virtualService('reviews', { hosts: ['reviews'], http: [{ route: [{ destination: { host: 'reviews', subset: 'v1' } }] }] })

const part = (name: 'pool' | 'outlier' | 'tlsSettings' | 'protocol'): Pick<FieldCase, 'see'> => ({
  see: (set) => sent(set).cluster[name],
})
const balancer = (question: Ask = {}): Pick<FieldCase, 'see'> => ({ see: (set) => sent(set, question).balancer })
const from = (locality: string): Ask => ({ from: { ...productpage, locality } })
/** Pods of each level, nearest first. */
const levels = (question: Ask): Pick<FieldCase, 'see'> => ({
  see: (set) =>
    sent(set, question).cluster.levels?.map((groups) => groups.map(({ endpoints }) => endpoints.map(({ locality }) => locality).join())) ??
    'none',
})

const policies: (Omit<FieldCase, 'spec'> & { policy: Fields })[] = [
  {
    policy: {
      connectionPool: {
        tcp: {
          maxConnections: 1,
          connectTimeout: '30ms',
          idleTimeout: '2m',
          maxConnectionDuration: '3m',
          tcpKeepalive: { time: '4s', interval: '5s', probes: 6 },
        },
        http: {
          http1MaxPendingRequests: 2,
          http2MaxRequests: 3,
          maxConcurrentStreams: 6,
          maxRequestsPerConnection: 4,
          maxRetries: 5,
          idleTimeout: '1m',
          http2KeepAlive: { interval: '7s', timeout: '8s' },
        },
      },
    },
    ...part('pool'),
    is: {
      maxConnections: 1,
      connectTimeoutMs: 30,
      http1MaxPendingRequests: 2,
      http2MaxRequests: 3,
      maxConcurrentStreams: 6,
      maxRequestsPerConnection: 4,
      maxRetries: 5,
      idleTimeoutMs: 60_000,
      ping: { everyMs: 7000, timeoutMs: 8000 },
      tcp: { idleTimeoutMs: 120_000, maxDurationMs: 180_000, keepAliveMs: 4000 },
    },
    removed: {
      'connectionPool.tcp.maxConnections': { maxConnections: undefined },
      'connectionPool.tcp.connectTimeout': { connectTimeoutMs: 10_000 },
      'connectionPool.tcp.idleTimeout': { tcp: { maxDurationMs: 180_000, keepAliveMs: 4000 } },
      'connectionPool.tcp.maxConnectionDuration': { tcp: { idleTimeoutMs: 120_000, keepAliveMs: 4000 } },
      'connectionPool.tcp.tcpKeepalive.time': { tcp: { idleTimeoutMs: 120_000, maxDurationMs: 180_000 } },
      'connectionPool.http.http1MaxPendingRequests': { http1MaxPendingRequests: undefined },
      'connectionPool.http.http2MaxRequests': { http2MaxRequests: undefined },
      'connectionPool.http.maxConcurrentStreams': { maxConcurrentStreams: undefined },
      'connectionPool.http.maxRequestsPerConnection': { maxRequestsPerConnection: undefined },
      'connectionPool.http.maxRetries': { maxRetries: undefined },
      'connectionPool.http.idleTimeout': { idleTimeoutMs: undefined },
    },
    changed: {
      'connectionPool.http.http2KeepAlive.interval': ['9s', { ping: { everyMs: 9000, timeoutMs: 8000 } }],
      'connectionPool.http.http2KeepAlive.timeout': ['9s', { ping: { everyMs: 7000, timeoutMs: 9000 } }],
    },
    ignored: ['connectionPool.tcp.tcpKeepalive.interval', 'connectionPool.tcp.tcpKeepalive.probes'],
  },
  {
    policy: { connectionPool: { http: { h2UpgradePolicy: 'UPGRADE' } } },
    ...part('protocol'),
    is: 'HTTP2',
    removed: { 'connectionPool.http.h2UpgradePolicy': undefined },
  },
  {
    policy: { connectionPool: { http: { useClientProtocol: true } } },
    ...part('protocol'),
    is: 'AS_CLIENT',
    removed: { 'connectionPool.http.useClientProtocol': undefined },
  },
  {
    policy: { loadBalancer: { simple: 'RANDOM' } },
    ...balancer(),
    is: { kind: 'RANDOM' },
    removed: { 'loadBalancer.simple': { kind: 'LEAST_REQUEST' } },
  },
  {
    policy: { loadBalancer: { consistentHash: { httpHeaderName: 'end-user', ringHash: { minimumRingSize: 8 } } } },
    ...balancer({ headers: { 'end-user': 'jason', other: 'x' } }),
    is: { kind: 'HASH', key: 'jason' },
    changed: { 'loadBalancer.consistentHash.httpHeaderName': ['other', { key: 'x' }] },
    ignored: ['loadBalancer.consistentHash.ringHash.minimumRingSize'],
  },
  {
    policy: { loadBalancer: { consistentHash: { httpQueryParameterName: 'u', maglev: { tableSize: 65537 } } } },
    ...balancer({ path: '/?u=jason&v=x' }),
    is: { kind: 'HASH', key: 'jason' },
    changed: { 'loadBalancer.consistentHash.httpQueryParameterName': ['v', { key: 'x' }] },
    ignored: ['loadBalancer.consistentHash.maglev.tableSize'],
  },
  {
    policy: { loadBalancer: { consistentHash: { useSourceIp: true, minimumRingSize: 8 } } },
    ...balancer(),
    is: { kind: 'HASH', key: '10.0.0.7' },
    changed: { 'loadBalancer.consistentHash.useSourceIp': [false, { key: undefined }] },
    ignored: ['loadBalancer.consistentHash.minimumRingSize'],
  },
  {
    policy: { loadBalancer: { consistentHash: { httpCookie: { name: 'user', path: '/p', ttl: '60s' } } } },
    ...balancer({ random: numbers(0), headers: { cookie: 'other=x' } }),
    is: { kind: 'HASH', key: '0'.repeat(32), setCookie: { name: 'user', path: '/p', ttlMs: 60_000 } },
    changed: { 'loadBalancer.consistentHash.httpCookie.name': ['other', { key: 'x', setCookie: undefined }] },
    removed: {
      'loadBalancer.consistentHash.httpCookie.path': { setCookie: { name: 'user', path: '', ttlMs: 60_000 } },
      'loadBalancer.consistentHash.httpCookie.ttl': { key: undefined, setCookie: undefined },
    },
  },
  {
    policy: { loadBalancer: { localityLbSetting: { distribute: [{ from: 'eu', to: { eu: 100 } }] } } },
    world: { inventory: spread('eu/a', 'us/a') },
    ...levels(from('eu/a')),
    is: [['eu/a']],
    changed: {
      'loadBalancer.localityLbSetting.distribute[].from': ['us', 'none'],
      'loadBalancer.localityLbSetting.distribute[].to.*': [{ us: 100 }, [['us/a']]],
    },
  },
  {
    policy: { loadBalancer: { localityLbSetting: { failover: [{ from: 'eu', to: 'us' }] } }, outlierDetection: {} },
    world: { inventory: spread('as/a', 'us/a', 'eu/a') },
    ...levels(from('eu/a')),
    is: [['eu/a'], ['us/a'], ['as/a']],
    changed: {
      'loadBalancer.localityLbSetting.failover[].from': ['us', [['eu/a'], ['as/a,us/a']]],
      'loadBalancer.localityLbSetting.failover[].to': ['as', [['eu/a'], ['as/a'], ['us/a']]],
    },
  },
  {
    policy: { loadBalancer: { localityLbSetting: { failoverPriority: ['version=v2'] } }, outlierDetection: {} },
    world: {
      inventory: {
        ...bookinfo,
        endpoints: spread('eu/a', 'us/a').endpoints.map((each, index) => ({
          ...each,
          labels: { app: 'reviews', version: `v${index + 1}` },
        })),
      },
    },
    ...levels(from('')),
    is: [['us/a'], ['eu/a']],
    removed: { 'loadBalancer.localityLbSetting.failoverPriority[]': 'none' },
  },
  {
    policy: { loadBalancer: { localityLbSetting: { enabled: false } }, outlierDetection: {} },
    world: { inventory: spread('eu/a', 'us/a') },
    ...levels(from('eu/a')),
    is: 'none',
    removed: { 'loadBalancer.localityLbSetting.enabled': [['eu/a'], ['us/a']] },
  },
  {
    policy: {
      outlierDetection: {
        consecutive5xxErrors: 1,
        consecutiveGatewayErrors: 2,
        interval: '1s',
        baseEjectionTime: '3m',
        maxEjectionPercent: 100,
        minHealthPercent: 50,
      },
    },
    ...part('outlier'),
    is: {
      consecutive5xxErrors: 1,
      consecutiveGatewayErrors: 2,
      intervalMs: 1000,
      baseEjectionTimeMs: 180_000,
      maxEjectionPercent: 100,
      minHealthPercent: 50,
    },
    removed: {
      'outlierDetection.consecutive5xxErrors': { consecutive5xxErrors: 5 },
      'outlierDetection.consecutiveGatewayErrors': { consecutiveGatewayErrors: 0 },
      'outlierDetection.interval': { intervalMs: 10_000 },
      'outlierDetection.baseEjectionTime': { baseEjectionTimeMs: 30_000 },
      'outlierDetection.maxEjectionPercent': { maxEjectionPercent: 10 },
      'outlierDetection.minHealthPercent': { minHealthPercent: 0 },
    },
  },
  {
    policy: {
      tls: { mode: 'SIMPLE', sni: 'a.example', subjectAltNames: ['b.example'], insecureSkipVerify: true, credentialName: 'credential' },
    },
    others: [credential],
    ...part('tlsSettings'),
    is: { sni: 'a.example', subjectAltNames: ['b.example'], insecureSkipVerify: true, authority: { ca: cert } },
    removed: {
      'tls.sni': { sni: undefined },
      'tls.subjectAltNames[]': { subjectAltNames: undefined },
      'tls.insecureSkipVerify': { insecureSkipVerify: undefined },
      'tls.credentialName': { authority: undefined },
    },
    changed: { 'tls.mode': ['MUTUAL', { pair: { cert, key } }] },
  },
]

export const destinationRuleFields: FieldCase[] = [
  ...placesOfPolicies.flatMap(([at, around]) => {
    const below = <T>(fields: Record<string, T> = {}) =>
      Object.fromEntries(Object.entries(fields).map(([path, seen]) => [`${at}.${path}`, seen]))
    return policies.map(({ policy, others = [], removed, changed, ignored = [], ...rest }) => ({
      ...rest,
      spec: around(policy),
      others: [toV1, ...others],
      removed: below(removed),
      changed: below(changed),
      ignored: ignored.map((path) => `${at}.${path}`),
    }))
  }),
  ...placesOfPolicies
    .filter(([at]) => !at.endsWith('portLevelSettings[]'))
    .map(([at, around]): FieldCase => ({
      spec: around({ tunnel: { protocol: 'CONNECT', targetHost: 'books.example', targetPort: 443 } }),
      others: [toV1],
      see: (set) => sent(set).cluster.tunnel,
      is: { host: 'books.example', port: 443 },
      changed: {
        [`${at}.tunnel.targetHost`]: ['other.example', { host: 'other.example', port: 443 }],
        [`${at}.tunnel.targetPort`]: [444, { host: 'books.example', port: 444 }],
      },
      implied: [`${at}.tunnel.protocol`],
    })),
  ...placesOfPolicies
    .filter(([at]) => at.endsWith('portLevelSettings[]'))
    .map(([at, around]) => ({
      spec: around({ loadBalancer: { simple: 'RANDOM' } }),
      others: [toV1],
      ...balancer(),
      is: { kind: 'RANDOM' },
      changed: { [`${at}.port.number`]: [9081, { kind: 'LEAST_REQUEST' }] } satisfies FieldCase['changed'],
    })),
  {
    spec: { host: 'reviews', subsets: [{ name: 'v1', labels: { version: 'v1', app: 'never' } }] },
    others: [toV1],
    see: (set) => {
      const decision = goal(set)
      return typeof decision === 'number' ? decision : sent(set).cluster.endpoints.map(({ pod }) => pod)
    },
    is: [],
    changed: { host: ['ratings', 503], 'subsets[].name': ['v2', 503] },
    removed: { 'subsets[].labels.*': ['reviews-v1-0'] },
  },
  {
    spec: { host: 'reviews', trafficPolicy: { loadBalancer: { simple: 'RANDOM' } }, exportTo: ['shop', '.'] },
    ...balancer(),
    is: { kind: 'RANDOM' },
    removed: { 'exportTo[]': { kind: 'LEAST_REQUEST' } },
  },
  {
    spec: { host: 'reviews', trafficPolicy: { tls: { mode: 'DISABLE' } }, workloadSelector: { matchLabels: { app: 'never' } } },
    see: (set) => sent(set).cluster.tls ?? 'none',
    is: 'none',
    removed: { 'workloadSelector.matchLabels.*': 'DISABLE' },
  },
]
