/** DestinationRule, `networking.istio.io/v1`, v1beta1 and v1alpha3. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import {
  boolean,
  count,
  ignored,
  integer,
  list,
  map,
  nonEmpty,
  object,
  oneOf,
  oneOfSupported,
  port,
  refused,
  required,
  string,
} from '../schema.ts'
import { dnsLabel, durationOf, exportTo, headerName, hostName, hostPattern, labels, selector } from './parts.ts'

const byTheSystem = 'the system decides how often; the first probe comes after time'

const connectionPool = object({
  tcp: object({
    maxConnections: count,
    connectTimeout: durationOf(1),
    maxConnectionDuration: durationOf(1),
    idleTimeout: durationOf(),
    tcpKeepalive: object({ time: durationOf(1000), interval: ignored(byTheSystem, durationOf(1)), probes: ignored(byTheSystem, count) }),
  }),
  http: object({
    http1MaxPendingRequests: count,
    http2MaxRequests: count,
    maxRequestsPerConnection: count,
    maxRetries: count,
    idleTimeout: durationOf(),
    h2UpgradePolicy: oneOf('DEFAULT', 'DO_NOT_UPGRADE', 'UPGRADE'),
    useClientProtocol: boolean,
    maxConcurrentStreams: count,
    http2KeepAlive: object({ interval: required(durationOf(1)), timeout: required(durationOf(1)) }),
  }),
})

// Rendezvous hashing keeps what both promise.
const noTable = 'endpoints are ranked by hash for each request, without a table'
const consistentHash = object(
  {
    httpHeaderName: headerName,
    httpCookie: object({
      name: required(nonEmpty),
      path: string(),
      ttl: durationOf(),
      attributes: refused('the cookie has only a path and a ttl'),
    }),
    useSourceIp: boolean,
    httpQueryParameterName: nonEmpty,
    ringHash: object({ minimumRingSize: ignored(noTable, integer(0, 8_388_608)) }),
    maglev: object({ tableSize: ignored(noTable, integer(0, 5_000_011)) }),
    minimumRingSize: ignored(noTable, integer(0, 8_388_608)),
  },
  (value) => {
    const keys = ['httpHeaderName', 'httpCookie', 'useSourceIp', 'httpQueryParameterName'] as const
    return keys.filter((key) => value[key] !== undefined).length === 1 ? undefined : `must have exactly one of ${keys.join(', ')}`
  },
)

const locality = string(
  (value) =>
    /^(?:\*|[^*/]+(?:\/(?:\*|[^*/]+(?:\/(?:\*|[^*/]+))?))?)$/.test(value)
      ? undefined
      : 'must be region, region/zone or region/zone/subzone, the last part may be *',
  'locality',
)
const localityLbSetting = object(
  {
    enabled: boolean,
    distribute: list(
      object({ from: required(locality), to: required(map(integer(0, 100))) }, (value) => {
        const sum = Object.values(value.to).reduce((total, weight) => total + weight, 0)
        return sum === 100 ? undefined : { at: 'to', message: `the weights must add up to 100, they are ${sum}` }
      }),
    ),
    failover: list(object({ from: required(nonEmpty), to: required(nonEmpty) })),
    failoverPriority: list(nonEmpty),
  },
  (value) =>
    value.distribute?.length && (value.failover?.length || value.failoverPriority?.length)
      ? 'must have only one of distribute and failover'
      : undefined,
)

const loadBalancer = object(
  {
    simple: oneOfSupported(['UNSPECIFIED', 'ROUND_ROBIN', 'RANDOM', 'LEAST_REQUEST', 'LEAST_CONN'], {
      PASSTHROUGH: 'the caller names a service, not an address',
    }),
    consistentHash,
    localityLbSetting,
    warmup: refused('workloads of the local mesh take full load at once'),
    warmupDurationSecs: refused('workloads of the local mesh take full load at once'),
    zoneAwareLbSetting: refused('use localityLbSetting'),
    backendUtilization: refused('workloads of the local mesh do not report their load'),
  },
  (value) => (value.simple && value.consistentHash ? 'must have only one of simple and consistentHash' : undefined),
)

const outlierDetection = object({
  consecutive5xxErrors: count,
  consecutiveGatewayErrors: count,
  interval: durationOf(1),
  baseEjectionTime: durationOf(1),
  maxEjectionPercent: integer(0, 100),
  minHealthPercent: integer(0, 100),
  consecutiveErrors: refused('Istio has dropped it; write consecutive5xxErrors'),
  consecutiveLocalOriginFailures: refused('failures to connect count as gateway errors'),
  splitExternalLocalOriginErrors: refused('failures to connect count as gateway errors'),
  outlierDetectionHttpErrorCodes: refused('only 5xx and gateway errors count'),
})

const noFiles = "it names a file in a proxy's container; put the certificate into a Secret and name that in credentialName"
const tls = object(
  {
    mode: required(oneOf('DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL')),
    sni: nonEmpty,
    subjectAltNames: list(nonEmpty),
    insecureSkipVerify: boolean,
    clientCertificate: refused(noFiles),
    privateKey: refused(noFiles),
    caCertificates: refused(noFiles),
    credentialName: nonEmpty,
    caCrl: refused(noFiles),
  },
  ({ mode, credentialName }) => {
    if (mode === 'MUTUAL' && credentialName === undefined) return { at: 'credentialName', message: 'is missing (mode is MUTUAL)' }
    return credentialName !== undefined && mode !== 'MUTUAL' && mode !== 'SIMPLE'
      ? { at: 'credentialName', message: `must not be set for mode ${mode}` }
      : undefined
  },
)

const perPort = { connectionPool, loadBalancer, outlierDetection, tls }
const trafficPolicy = object({
  ...perPort,
  portLevelSettings: list(object({ port: required(object({ number: required(port) })), ...perPort })),
  tunnel: object({
    protocol: oneOfSupported(['CONNECT'], { POST: 'it wraps bytes into the bodies of a request and its answer; use CONNECT' }),
    targetHost: required(hostName),
    targetPort: required(port),
  }),
  proxyProtocol: refused('workloads of the local mesh do not read the PROXY protocol; the address of a client is in x-forwarded-for'),
  retryBudget: refused('use connectionPool.http.maxRetries'),
})

export const destinationRule = object(
  {
    host: required(hostPattern),
    trafficPolicy,
    subsets: list(object({ name: required(dnsLabel), labels, trafficPolicy })),
    exportTo,
    workloadSelector: selector,
  },
  (value) => {
    const names = value.subsets?.map(({ name }) => name) ?? []
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    return twice === undefined ? undefined : { at: 'subsets', message: `has the name ${twice} twice` }
  },
)

export type DestinationRule = TypeOf<typeof destinationRule>
export type DestinationRuleObject = ObjectOf<DestinationRule>
export type TrafficPolicy = TypeOf<typeof trafficPolicy>
export type LoadBalancer = TypeOf<typeof loadBalancer>
export type LocalityLbSetting = TypeOf<typeof localityLbSetting>
