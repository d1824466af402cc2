/** What the local mesh runs: the six workloads of Bookinfo, their services and who calls whom, as in platform/kube/bookinfo.yaml. */
import type { Caller, Inventory, MeshService } from '@bookinfo/rules/decision'

/** One Deployment of the application, run as processes. */
export interface Workload {
  /** `reviews-v2` */
  name: string
  /** Folder below apps/, and the `app` label. */
  app: AppName
  version: string
  serviceAccount: string
  /** The variables of this version. */
  env: Readonly<Record<string, string>>
  /** Services that it calls. */
  calls: readonly AppName[]
}

export type AppName = 'productpage' | 'details' | 'reviews' | 'ratings'

export const namespace = 'default'
const trustDomain = 'cluster.local'

/** Port of every service of the application, as rules and the Host header see it. */
export const servicePort = 9080

/** A port that every service has in addition, when it is asked for. */
export interface ExtraPort {
  number: number
  name: string
  /** None where the name does not say it: then the first bytes do. */
  protocol?: string
  /** Variable that tells a pod where to listen for it. */
  variable?: string
  /** Port of the service whose port of the pod it leads to, where it has none for itself. */
  target?: number
}

export const grpcPort: ExtraPort = { number: 9081, name: 'grpc', protocol: 'GRPC', variable: 'GRPC_PORT' }
const probePorts: readonly ExtraPort[] = [
  { number: 9082, name: 'tcp-echo', protocol: 'TCP', variable: 'PROBE_TCP_PORT' },
  { number: 9083, name: 'tls-echo', protocol: 'TLS', variable: 'PROBE_TLS_PORT' },
  { number: 9084, name: 'any', target: servicePort },
  { number: 9085, name: 'any-echo', target: 9082 },
]

/** Whether requests may be sent to it. */
export const speaksHttp = ({ number, target }: ExtraPort): boolean => number === grpcPort.number || target === servicePort

/** Where a pod listens for each of these ports; `own` are those that have a variable, and `http` is that of HTTP. */
export const podPorts = (extra: readonly ExtraPort[], http: number, own: Readonly<Record<number, number>>): Record<number, number> =>
  Object.fromEntries(
    extra.map(({ number, target }) => [number, target === undefined ? own[number]! : target === servicePort ? http : own[target]!]),
  )

/** Probes speak every protocol; without them and without gRPC there is only the port for HTTP. */
export const extraPorts = (grpc: boolean, probes: boolean): readonly ExtraPort[] => [
  ...(grpc || probes ? [grpcPort] : []),
  ...(probes ? probePorts : []),
]

const calls: Readonly<Record<AppName, readonly AppName[]>> = {
  productpage: ['details', 'reviews', 'ratings'],
  details: [],
  reviews: ['ratings'],
  ratings: [],
}

const workload = (app: AppName, version: string, env: Record<string, string> = {}): Workload => ({
  name: `${app}-${version}`,
  app,
  version,
  // As in the manifests: the ratings that use a database have their own account.
  serviceAccount: app === 'ratings' && version !== 'v1' ? 'bookinfo-ratings-v2' : `bookinfo-${app}`,
  env: { SERVICE_VERSION: version, ...env },
  calls: calls[app],
})

export const workloads: readonly Workload[] = [
  workload('productpage', 'v1'),
  workload('details', 'v1'),
  workload('ratings', 'v1'),
  workload('reviews', 'v1'),
  workload('reviews', 'v2', { ENABLE_RATINGS: 'true', STAR_COLOR: 'black' }),
  workload('reviews', 'v3', { ENABLE_RATINGS: 'true', STAR_COLOR: 'red' }),
]

/** Any version of an app by its name, `ratings-v2-mysql`; undefined when there is no such app. */
export function workloadNamed(name: string): Workload | undefined {
  const [, app = '', version = ''] = /^([a-z]+)-([a-z0-9](?:[-a-z0-9.]{0,61}[a-z0-9])?)$/.exec(name) ?? []
  return Object.hasOwn(calls, app) ? workload(app as AppName, version) : undefined
}

/** What the outbound listeners of a workload are for: any host, by the Host header, and one port of a service each. */
const listeners = [
  '*',
  'details',
  'reviews',
  'ratings',
  ...['details', 'reviews', 'ratings'].map((service) => outboundName(service, grpcPort.number)),
]

/** What a workload's outbound listener for a port of a service is called: `ratings`, and `ratings:9081` for other ports than that of HTTP. */
export function outboundName(service: string, port: number) {
  return port === servicePort ? service : `${service}:${port}`
}

/** Where these ports are fixed: those of workload number `index` (from 0), ten a workload from `first` on. */
export function outboundPortsOf(first: number, index: number): Map<string, number> {
  return new Map(listeners.map((name, i) => [name, first + 10 * index + i]))
}

/** Labels of a workload's pods, those that istiod adds included. */
export const labelsOf = ({ app, version }: Workload): Record<string, string> => ({
  app,
  version,
  'service.istio.io/canonical-name': app,
  'service.istio.io/canonical-revision': version,
})

/** SPIFFE identity of a workload, without its scheme. */
export const principalOf = ({ serviceAccount }: Workload) => `${trustDomain}/ns/${namespace}/sa/${serviceAccount}`

/** A workload as rules see it when it sends a request. */
export const callerOf = (sender: Workload): Caller => ({
  kind: 'workload',
  name: sender.name,
  namespace,
  labels: labelsOf(sender),
  principal: principalOf(sender),
  remoteIp: '127.0.0.1',
})

/** The services of bookinfo.yaml, and those of bookinfo-versions.yaml that the Gateway API's routes need. */
export const servicesOf = (all: readonly Workload[], extra: readonly ExtraPort[] = []): MeshService[] => [
  ...['productpage', 'details', 'ratings', 'reviews'].map((app) => serviceOf(app, { app }, extra)),
  ...all.map(({ name, app, version }) => serviceOf(name, { app, version }, extra)),
]

export const services: readonly MeshService[] = servicesOf(workloads)

function serviceOf(name: string, selector: Record<string, string>, extra: readonly ExtraPort[]): MeshService {
  const ports = [
    { number: servicePort, name: 'http', protocol: 'HTTP' },
    ...extra.map(({ number, name: port, protocol }) => ({ number, name: port, ...(protocol !== undefined && { protocol }) })),
  ]
  return { name, namespace, host: `${name}.${namespace}.svc.${trustDomain}`, ports, selector }
}

/** The way into the mesh, by the names that Istio's own ingress gateway has. */
export const gateway = {
  name: 'istio-ingressgateway',
  namespace: 'istio-system',
  labels: { app: 'istio-ingressgateway', istio: 'ingressgateway' },
  principal: `${trustDomain}/ns/istio-system/sa/istio-ingressgateway-service-account`,
}

/** What selectors choose from: these pods and the gateway. */
export const selectable = (pods: readonly { labels: Readonly<Record<string, string>> }[]): Inventory['workloads'] => [
  ...pods.map(({ labels }) => ({ kind: 'workload' as const, namespace, labels })),
  { kind: 'gateway', namespace: gateway.namespace, labels: gateway.labels },
]
