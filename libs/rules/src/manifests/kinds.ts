import { groupOf, type ObjectOf, type StoredObject } from '../model/manifest.ts'
import { isNamed, type KindNames } from './kind-names.ts'
import { backendTlsPolicy } from './kinds/backend-tls-policy.ts'
import { configMap, holdsAuthority } from './kinds/config-map.ts'
import { destinationRule } from './kinds/destination-rule.ts'
import { gatewayApiGateway } from './kinds/gateway-api-gateway.ts'
import { grpcRoute } from './kinds/grpc-route.ts'
import { httpRoute } from './kinds/http-route.ts'
import { referenceGrant } from './kinds/reference-grant.ts'
import { gateway } from './kinds/gateway.ts'
import { serviceEntry } from './kinds/service-entry.ts'
import { sidecar } from './kinds/sidecar.ts'
import { routeRule } from './kinds/route-rule.ts'
import { namespace } from './kinds/namespace.ts'
import { authorizationPolicy } from './kinds/authorization-policy.ts'
import { peerAuthentication } from './kinds/peer-authentication.ts'
import { requestAuthentication } from './kinds/request-authentication.ts'
import { holdsCertificates, secret } from './kinds/secret.ts'
import { tcpRoute } from './kinds/tcp-route.ts'
import { tlsRoute } from './kinds/tls-route.ts'
import { virtualService } from './kinds/virtual-service.ts'
import type { FieldRow, Schema } from './schema.ts'

/** A kind that the local mesh implements. */
export interface Kind<Spec = any> extends KindNames {
  spec: Schema<Spec>
  /** Its fields are siblings of metadata, without a `spec` around them. */
  flat?: boolean
}

const namesOf = (
  name: string,
  group: string,
  versions: readonly string[],
  shortNames: readonly string[] = [],
  plural = `${name.toLowerCase()}s`,
): KindNames => ({
  kind: name,
  group,
  versions,
  plural,
  singular: name.toLowerCase(),
  shortNames,
  categories: categoriesOf[group] ?? [],
})

/** What the definitions of a group's kinds declare. */
const categoriesOf: Readonly<Record<string, readonly string[]>> = {
  'networking.istio.io': ['istio-io', 'networking-istio-io'],
  'security.istio.io': ['istio-io', 'security-istio-io'],
  'gateway.networking.k8s.io': ['gateway-api'],
}

const kind = <Spec>(
  name: string,
  group: string,
  versions: readonly string[],
  spec: Schema<Spec>,
  shortNames?: readonly string[],
  plural?: string,
): Kind<Spec> => ({ ...namesOf(name, group, versions, shortNames, plural), spec })

const networking = ['v1', 'v1beta1', 'v1alpha3']
const security = ['v1', 'v1beta1']
const gatewayApi = ['v1', 'v1beta1']

/** Every kind that rules can be written in, with the type that its schema reads. */
export const ruleKinds = {
  virtualService: kind('VirtualService', 'networking.istio.io', networking, virtualService, ['vs']),
  destinationRule: kind('DestinationRule', 'networking.istio.io', networking, destinationRule, ['dr']),
  gateway: kind('Gateway', 'networking.istio.io', networking, gateway, ['gw']),
  serviceEntry: kind('ServiceEntry', 'networking.istio.io', networking, serviceEntry, ['se'], 'serviceentries'),
  sidecar: kind('Sidecar', 'networking.istio.io', networking, sidecar),
  peerAuthentication: kind('PeerAuthentication', 'security.istio.io', security, peerAuthentication, ['pa']),
  requestAuthentication: kind('RequestAuthentication', 'security.istio.io', security, requestAuthentication, ['ra']),
  authorizationPolicy: kind('AuthorizationPolicy', 'security.istio.io', security, authorizationPolicy, ['ap'], 'authorizationpolicies'),
  gatewayApiGateway: kind('Gateway', 'gateway.networking.k8s.io', gatewayApi, gatewayApiGateway, ['gtw']),
  httpRoute: kind('HTTPRoute', 'gateway.networking.k8s.io', gatewayApi, httpRoute),
  grpcRoute: kind('GRPCRoute', 'gateway.networking.k8s.io', ['v1'], grpcRoute),
  tcpRoute: kind('TCPRoute', 'gateway.networking.k8s.io', ['v1', 'v1alpha2'], tcpRoute),
  tlsRoute: kind('TLSRoute', 'gateway.networking.k8s.io', ['v1', 'v1alpha3', 'v1alpha2'], tlsRoute),
  referenceGrant: kind('ReferenceGrant', 'gateway.networking.k8s.io', ['v1', 'v1beta1', 'v1alpha2'], referenceGrant, ['refgrant']),
  backendTlsPolicy: kind(
    'BackendTLSPolicy',
    'gateway.networking.k8s.io',
    ['v1', 'v1alpha3'],
    backendTlsPolicy,
    ['btlspolicy'],
    'backendtlspolicies',
  ),
  configMap: { ...kind('ConfigMap', '', ['v1'], configMap, ['cm']), flat: true },
  secret: { ...kind('Secret', '', ['v1'], secret), flat: true },
  namespace: { ...kind('Namespace', '', ['v1'], namespace, ['ns']), clusterWide: true },
  routeRule: kind('RouteRule', 'config.istio.io', ['v1alpha2'], routeRule),
}

export const kinds: readonly Kind[] = Object.values(ruleKinds)

/** Whether an object is of `kind`, whatever its version: then the kind's schema has read it. */
export const isOf = <Spec>({ kind: name, group }: Kind<Spec>, object: StoredObject): object is ObjectOf<Spec> =>
  object.kind === name && groupOf(object) === group

/** Kinds of what the mesh itself runs and knows: seen by `get`, and not written in rules. */
export const runningKinds: readonly KindNames[] = [
  { ...namesOf('Pod', '', ['v1'], ['po']), categories: ['all'] },
  { ...namesOf('Service', '', ['v1'], ['svc']), categories: ['all'] },
  { ...namesOf('Deployment', 'apps', ['v1'], ['deploy']), categories: ['all', 'workloads'] },
  namesOf('ServiceAccount', '', ['v1'], ['sa']),
  { ...namesOf('GatewayClass', 'gateway.networking.k8s.io', ['v1', 'v1beta1'], ['gc'], 'gatewayclasses'), clusterWide: true },
  namesOf('Endpoints', '', ['v1'], ['ep'], 'endpoints'),
]

/** The kinds that a word means. Two groups may have a kind of one name (Gateway). None for an unknown word. */
export const kindsNamed = (word: string): KindNames[] => [...runningKinds, ...kinds].filter((each) => isNamed(word, each))

/** Kinds of files for clusters that say nothing to a mesh: read over, with this notice. */
const clusterOnly: ReadonlyMap<string, string> = new Map(
  (
    [
      [
        'the local mesh runs its own workloads',
        'Deployment apps',
        'StatefulSet apps',
        'DaemonSet apps',
        'ReplicaSet apps',
        'Pod ',
        'Job batch',
        'CronJob batch',
        'HorizontalPodAutoscaler autoscaling',
        'PodDisruptionBudget policy',
      ],
      ['the local mesh knows the services of its own workloads', 'Service ', 'Endpoints ', 'EndpointSlice discovery.k8s.io'],
      [
        'the local mesh gives its workloads their identities',
        'ServiceAccount ',
        'Role rbac.authorization.k8s.io',
        'RoleBinding rbac.authorization.k8s.io',
        'ClusterRole rbac.authorization.k8s.io',
        'ClusterRoleBinding rbac.authorization.k8s.io',
      ],
      ['the local mesh configures its workloads by itself', 'PersistentVolumeClaim ', 'PersistentVolume '],
      ['the local mesh is the class of every gateway', 'GatewayClass gateway.networking.k8s.io'],
    ] as const
  ).flatMap(([notice, ...names]) => names.map((name) => [name, notice] as const)),
)

/** Kinds of meshes that are refused, and what to write instead. */
const refusedKinds: ReadonlyMap<string, string> = new Map([
  ['UDPRoute gateway.networking.k8s.io', 'it does not route UDP, which no workload of it speaks'],
  ['ListenerSet gateway.networking.k8s.io', 'write the listeners into the Gateway'],
  ['EnvoyFilter networking.istio.io', 'its proxies are not Envoy'],
  ['WasmPlugin extensions.istio.io', 'its proxies are not Envoy'],
  ['WorkloadEntry networking.istio.io', 'write its address into endpoints of a ServiceEntry'],
  ['WorkloadGroup networking.istio.io', 'it starts its workloads by itself'],
])

/** Why a kind is refused, where there is more to say than that it is. */
export const whyRefused = (group: string, name: string): string | undefined => refusedKinds.get(`${name} ${group}`)

/** Kinds that `get` may be asked for in vain, and why they are not here. */
export const absentKinds = (): { names: KindNames; why: string }[] => [
  ...Array.from(clusterOnly, ([key, why]) => {
    const [name = '', group = ''] = key.split(' ')
    return { names: namesOf(name, group, ['v1'], absentShortNames[name]), why }
  }).filter((absent) => !runningKinds.some((each) => each.kind === absent.names.kind && each.group === absent.names.group)),
  { names: namesOf('Node', '', ['v1'], ['no']), why: 'the pods of the local mesh are processes of this machine' },
  { names: namesOf('Event', '', ['v1'], ['ev']), why: 'see what happened with: bookinfo logs, bookinfo status' },
  {
    names: namesOf('CustomResourceDefinition', 'apiextensions.k8s.io', ['v1'], ['crd', 'crds']),
    why: 'the local mesh knows its kinds by itself: bookinfo api-resources lists them',
  },
]

const absentShortNames: Readonly<Record<string, readonly string[]>> = {
  ReplicaSet: ['rs'],
  StatefulSet: ['sts'],
  DaemonSet: ['ds'],
  CronJob: ['cj'],
  HorizontalPodAutoscaler: ['hpa'],
  PodDisruptionBudget: ['pdb'],
  PersistentVolumeClaim: ['pvc'],
  PersistentVolume: ['pv'],
}

/** Why a manifest is read over, when it says nothing to a mesh. */
export const leftOut = (group: string, name: string, value: Readonly<Record<string, unknown>>): string | undefined => {
  if (group === '' && name === 'Secret' && !holdsCertificates(value)) return 'the local mesh uses Secrets only for certificates'
  if (group === '' && name === 'ConfigMap' && !holdsAuthority(value)) return 'the local mesh uses ConfigMaps only for ca.crt'
  return clusterOnly.get(`${name} ${group}`)
}

/** The kind of an apiVersion (`networking.istio.io/v1`) and a kind's name, if the local mesh implements it. */
export const findKind = (group: string, version: string, name: string): Kind | undefined =>
  kinds.find((each) => each.kind === name && each.group === group && each.versions.includes(version))

/** The table of fields: every field of every kind, supported or refused with the reason. */
export const fieldTable = (): (FieldRow & { kind: string; group: string })[] =>
  kinds.flatMap(({ kind: name, group, spec, flat }) => spec.rows(flat ? '' : 'spec').map((row) => ({ kind: name, group, ...row })))
