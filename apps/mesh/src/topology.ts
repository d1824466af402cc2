/** What the local mesh runs: the six workloads of Bookinfo, their services and who calls whom, as in platform/kube/bookinfo.yaml. */
import type { MeshService } from '@bookinfo/rules/decision'

/** One Deployment of the application, run as processes. */
export interface Workload {
  /** `reviews-v2` */
  name: string
  /** Folder below apps/, and the `app` label. */
  app: AppName
  version: string
  serviceAccount: string
  /** What makes this version what it is. */
  env: Readonly<Record<string, string>>
  /** Services that it calls. */
  calls: readonly AppName[]
}

export type AppName = 'productpage' | 'details' | 'reviews' | 'ratings'

export const namespace = 'default'
const trustDomain = 'cluster.local'

/** Port of every service of the application, as rules and the Host header see it. */
export const servicePort = 9080

const workload = (app: AppName, version: string, calls: readonly AppName[] = [], env: Record<string, string> = {}): Workload => ({
  name: `${app}-${version}`,
  app,
  version,
  serviceAccount: `bookinfo-${app}`,
  env: { SERVICE_VERSION: version, ...env },
  calls,
})

export const workloads: readonly Workload[] = [
  workload('productpage', 'v1', ['details', 'reviews', 'ratings']),
  workload('details', 'v1'),
  workload('ratings', 'v1'),
  workload('reviews', 'v1', ['ratings']),
  workload('reviews', 'v2', ['ratings'], { ENABLE_RATINGS: 'true', STAR_COLOR: 'black' }),
  workload('reviews', 'v3', ['ratings'], { ENABLE_RATINGS: 'true', STAR_COLOR: 'red' }),
]

/** Labels of a workload's pods, those that istiod adds included. */
export const labelsOf = ({ app, version }: Workload): Record<string, string> => ({
  app,
  version,
  'service.istio.io/canonical-name': app,
  'service.istio.io/canonical-revision': version,
})

/** SPIFFE identity of a workload, without its scheme. */
export const principalOf = ({ serviceAccount }: Workload) => `${trustDomain}/ns/${namespace}/sa/${serviceAccount}`

/** The services of bookinfo.yaml, and those of bookinfo-versions.yaml that the Gateway API's routes need. */
export const services: readonly MeshService[] = [
  ...['productpage', 'details', 'ratings', 'reviews'].map((app) => service(app, { app })),
  ...workloads.map(({ name, app, version }) => service(name, { app, version })),
]

function service(name: string, selector: Record<string, string>): MeshService {
  const ports = [{ number: servicePort, name: 'http', protocol: 'HTTP' }]
  return { name, namespace, host: `${name}.${namespace}.svc.${trustDomain}`, ports, selector }
}

/** The way into the mesh, by the names that Istio's own ingress gateway has. */
export const gateway = {
  name: 'istio-ingressgateway',
  namespace: 'istio-system',
  labels: { app: 'istio-ingressgateway', istio: 'ingressgateway' },
  principal: `${trustDomain}/ns/istio-system/sa/istio-ingressgateway-service-account`,
}
