import { destinationRule } from './kinds/destination-rule.ts'
import { gatewayApiGateway, httpRoute, referenceGrant } from './kinds/gateway-api.ts'
import { gateway, serviceEntry, sidecar } from './kinds/mesh.ts'
import { routeRule } from './kinds/route-rule.ts'
import { authorizationPolicy, peerAuthentication, requestAuthentication } from './kinds/security.ts'
import { holdsCertificates, secret } from './kinds/secret.ts'
import { virtualService } from './kinds/virtual-service.ts'
import type { FieldRow, Schema } from './schema.ts'

/** A kind that the local mesh implements, with the names that kubectl knows it by. */
export interface Kind {
  kind: string
  group: string
  versions: readonly string[]
  plural: string
  singular: string
  shortNames: readonly string[]
  spec: Schema<any>
  /** Its fields stand beside metadata, with no `spec` around them. */
  flat?: boolean
}

const kind = (
  name: string,
  group: string,
  versions: readonly string[],
  spec: Schema<any>,
  shortNames: readonly string[] = [],
  plural = `${name.toLowerCase()}s`,
): Kind => ({
  kind: name,
  group,
  versions,
  plural,
  singular: name.toLowerCase(),
  shortNames,
  spec,
})

const networking = ['v1', 'v1beta1', 'v1alpha3']
const security = ['v1', 'v1beta1']
const gatewayApi = ['v1', 'v1beta1']

/** Every kind that rules can be written in. */
export const kinds: readonly Kind[] = [
  kind('VirtualService', 'networking.istio.io', networking, virtualService, ['vs']),
  kind('DestinationRule', 'networking.istio.io', networking, destinationRule, ['dr']),
  kind('Gateway', 'networking.istio.io', networking, gateway, ['gw']),
  kind('ServiceEntry', 'networking.istio.io', networking, serviceEntry, ['se'], 'serviceentries'),
  kind('Sidecar', 'networking.istio.io', networking, sidecar),
  kind('PeerAuthentication', 'security.istio.io', security, peerAuthentication, ['pa']),
  kind('RequestAuthentication', 'security.istio.io', security, requestAuthentication, ['ra']),
  kind('AuthorizationPolicy', 'security.istio.io', security, authorizationPolicy, ['ap'], 'authorizationpolicies'),
  kind('Gateway', 'gateway.networking.k8s.io', gatewayApi, gatewayApiGateway, ['gtw']),
  kind('HTTPRoute', 'gateway.networking.k8s.io', gatewayApi, httpRoute),
  kind('ReferenceGrant', 'gateway.networking.k8s.io', ['v1', 'v1beta1', 'v1alpha2'], referenceGrant, ['refgrant']),
  { ...kind('Secret', '', ['v1'], secret), flat: true },
  kind('RouteRule', 'config.istio.io', ['v1alpha2'], routeRule),
]

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
      ['the local mesh needs no namespace to be made', 'Namespace '],
      ['the local mesh configures its workloads by itself', 'ConfigMap ', 'PersistentVolumeClaim ', 'PersistentVolume '],
      ['the local mesh is the class of every gateway', 'GatewayClass gateway.networking.k8s.io'],
    ] as const
  ).flatMap(([notice, ...names]) => names.map((name) => [name, notice] as const)),
)

/** Why a manifest is read over, when it says nothing to a mesh. */
export const leftOut = (group: string, name: string, value: Readonly<Record<string, unknown>>): string | undefined =>
  name === 'Secret' && group === '' && !holdsCertificates(value)
    ? 'the local mesh needs Secrets for certificates alone'
    : clusterOnly.get(`${name} ${group}`)

/** The kind of an apiVersion (`networking.istio.io/v1`) and a kind's name, if the local mesh implements it. */
export const findKind = (group: string, version: string, name: string): Kind | undefined =>
  kinds.find((each) => each.kind === name && each.group === group && each.versions.includes(version))

/** The table of fields: every field of every kind, supported or refused with the reason. */
export const fieldTable = (): (FieldRow & { kind: string; group: string })[] =>
  kinds.flatMap(({ kind: name, group, spec, flat }) => spec.rows(flat ? '' : 'spec').map((row) => ({ kind: name, group, ...row })))
