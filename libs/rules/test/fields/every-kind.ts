/** The cases of all kinds. */
import { kinds } from '../../src/manifests/kinds.ts'
import { destinationRuleFields } from './destination-rule.ts'
import { isRefusal, manifestOf, type FieldCase, type Fields, type Subject } from './field-case.ts'
import {
  gatewayApiGatewayFields,
  grpcRouteFields,
  httpRouteFields,
  namespaceFields,
  backendTlsPolicyFields,
  configMapFields,
  referenceGrantFields,
  secretFields,
} from './gateway-api.ts'
import { gatewayFields, serviceEntryFields, sidecarFields } from './mesh.ts'
import { tcpRouteFields, tlsRouteFields } from './connections.ts'
import { routeRuleFields } from './route-rule.ts'
import { authorizationPolicyFields, peerAuthenticationFields, requestAuthenticationFields } from './security.ts'
import { virtualServiceFields } from './virtual-service.ts'

const cases: Record<string, FieldCase[]> = {
  'VirtualService networking.istio.io': virtualServiceFields,
  'DestinationRule networking.istio.io': destinationRuleFields,
  'Gateway networking.istio.io': gatewayFields,
  'ServiceEntry networking.istio.io': serviceEntryFields,
  'Sidecar networking.istio.io': sidecarFields,
  'PeerAuthentication security.istio.io': peerAuthenticationFields,
  'RequestAuthentication security.istio.io': requestAuthenticationFields,
  'AuthorizationPolicy security.istio.io': authorizationPolicyFields,
  'Gateway gateway.networking.k8s.io': gatewayApiGatewayFields,
  'HTTPRoute gateway.networking.k8s.io': httpRouteFields,
  'GRPCRoute gateway.networking.k8s.io': grpcRouteFields,
  'TCPRoute gateway.networking.k8s.io': tcpRouteFields,
  'TLSRoute gateway.networking.k8s.io': tlsRouteFields,
  'ReferenceGrant gateway.networking.k8s.io': referenceGrantFields,
  'BackendTLSPolicy gateway.networking.k8s.io': backendTlsPolicyFields,
  'ConfigMap ': configMapFields,
  'Secret ': secretFields,
  'Namespace ': namespaceFields,
  'RouteRule config.istio.io': routeRuleFields,
}

export const everyKind: (Subject & { group: string; cases: FieldCase[] })[] = kinds.map(({ kind, group, versions, flat = false }) => ({
  kind,
  group,
  apiVersion: group === '' ? versions[0]! : `${group}/${versions[0]}`,
  flat,
  cases: cases[`${kind} ${group}`] ?? [],
}))

/** One valid object for each case, with the case. */
export const manifests: { manifest: Fields; each: FieldCase }[] = everyKind.flatMap((subject) =>
  subject.cases.filter(({ is }) => !isRefusal(is)).map((each) => ({ manifest: manifestOf(each.spec, each, subject), each })),
)
