import { isOf, ruleKinds, type Kind } from '../manifests/kinds.ts'
import { AuthorizationPolicies } from '../policy/authorization-policies.ts'
import type { Policies } from '../policy/authorize.ts'
import type { Caller, Inventory, Listener } from '../model/decision.ts'
import { DestinationRules } from './destination-rules.ts'
import { BackendTlsPolicies } from './backend-tls-policies.ts'
import { Certificates } from './certificates.ts'
import { GatewayView } from './gateway-view.ts'
import type { FetchedKeys } from '../model/key-set.ts'
import type { Notice, StoredObject } from '../model/manifest.ts'
import { meshRules, MeshView, tcpMeshRules } from './mesh-view.ts'
import { Namespaces } from './namespaces.ts'
import { PeerAuthentications } from '../policy/peer-authentications.ts'
import { grantsOf, type Grants } from './grants.ts'
import { Registry } from './registry.ts'
import { RequestAuthentications } from '../policy/request-authentications.ts'
import { ServiceParents } from './service-parents.ts'
import { sidecarFor } from './sidecar-scope.ts'
import { originationWarnings } from './tls-origination.ts'
import { warningsOf } from './warnings.ts'

/** Mesh-wide settings, by the names of Istio's MeshConfig. */
export interface MeshConfig {
  /** Policies here hold for every namespace. */
  rootNamespace: string
  trustDomain: string
  /** What happens to requests for undeclared hosts. */
  outboundTrafficPolicy: 'ALLOW_ANY' | 'REGISTRY_ONLY'
}

/** Istio's defaults. */
export const defaultMeshConfig: MeshConfig = {
  rootNamespace: 'istio-system',
  trustDomain: 'cluster.local',
  outboundTrafficPolicy: 'ALLOW_ANY',
}

/** Rules made ready for decisions. Immutable; requests in flight keep the one they started with. */
export interface RuleSet {
  /** What Istio would warn about: unknown host or subset, shadowed rule, route that no gateway takes. */
  warnings: readonly Notice[]
  listeners: readonly Listener[]
  /** For decide(): the mesh as a caller's proxy sees it. */
  meshView: (caller: Caller) => MeshView
  /** For decide(): what is bound to gateways. */
  gateways: GatewayView
  /** For routeStatus(): what exists, and what may be referred to. */
  registry: Registry
  /** Of routes that name Services. */
  serviceParents: ServiceParents
  grants: Grants
  /** For policyStatus(). */
  backendTls: BackendTlsPolicies
  /** For authorize(). */
  policies: Policies
}

/**
 * Compiles valid objects for the workloads that exist. Cheap enough to run on every change (about 10 ms for 1,000 routes).
 * `fetched` has the keys that issuers publish, as far as they are known.
 * What cannot work (an unknown host or subset) is a warning, as in Istio: requests that meet it are answered with an error.
 */
export const compile = (
  objects: readonly StoredObject[],
  inventory: Inventory,
  mesh: MeshConfig = defaultMeshConfig,
  fetched: FetchedKeys = new Map(),
): RuleSet => {
  const sorted = objects.toSorted((a, b) => a.created - b.created)
  const of = <Spec>(kind: Kind<Spec>) => sorted.filter((object) => isOf(kind, object))

  const serviceEntries = of(ruleKinds.serviceEntry)
  const registry = new Registry(inventory, serviceEntries)
  const destinationRules = of(ruleKinds.destinationRule)
  const policies = new DestinationRules(destinationRules, mesh.rootNamespace)
  const sidecars = of(ruleKinds.sidecar)
  const grants = grantsOf(of(ruleKinds.referenceGrant))
  const virtualServices = of(ruleKinds.virtualService)
  const gatewayRoutes = [...of(ruleKinds.httpRoute), ...of(ruleKinds.grpcRoute)].toSorted((a, b) => a.created - b.created)
  const tcpRoutes = [...of(ruleKinds.tcpRoute), ...of(ruleKinds.tlsRoute)].toSorted((a, b) => a.created - b.created)
  const tcpRules = tcpMeshRules({ virtualServices, tcpRoutes })
  const serviceParents = new ServiceParents(gatewayRoutes, registry)
  const rules = meshRules({
    virtualServices,
    gatewayRoutes,
    serviceParents,
    routeRules: of(ruleKinds.routeRule),
    registry,
  })
  const gatewayApiGateways = of(ruleKinds.gatewayApiGateway)
  const istioGateways = of(ruleKinds.gateway)
  const namespaces = new Namespaces(of(ruleKinds.namespace))
  const certificates = new Certificates(of(ruleKinds.secret), of(ruleKinds.configMap))
  const backendTlsPolicies = of(ruleKinds.backendTlsPolicy)
  const backendTls = new BackendTlsPolicies(backendTlsPolicies, registry, certificates)
  const gateways = new GatewayView({
    certificates,
    backendTls,
    rootNamespace: mesh.rootNamespace,
    gateways: istioGateways,
    gatewayApiGateways,
    virtualServices,
    gatewayRoutes,
    tcpRoutes,
    grants,
    namespaces,
    registry,
    policies,
  })

  const views = new Map<DestinationRules, Map<string, MeshView>>()
  const meshView = (caller: Caller): MeshView => {
    const sidecar = sidecarFor(sidecars, caller, mesh.rootNamespace)
    const own = policies.for(caller)
    const known = views.get(own) ?? new Map<string, MeshView>()
    views.set(own, known)
    const key = `${caller.namespace}/${sidecar?.created ?? ''}`
    let view = known.get(key)
    if (!view) {
      view = new MeshView({
        namespace: caller.namespace,
        sidecar,
        rules,
        tcpRules,
        registry,
        policies: own,
        certificates,
        backendTls,
        outbound: sidecar?.spec.outboundTrafficPolicy?.mode ?? mesh.outboundTrafficPolicy,
      })
      known.set(key, view)
    }
    return view
  }

  const peers = of(ruleKinds.peerAuthentication)
  const requestAuthentications = of(ruleKinds.requestAuthentication)
  const authorizationPolicies = of(ruleKinds.authorizationPolicy)
  const tokens = new RequestAuthentications(requestAuthentications, mesh.rootNamespace, fetched)
  return {
    warnings: [
      ...tokens.warnings,
      ...policies.warnings,
      ...gateways.warnings,
      ...backendTls.warnings,
      ...originationWarnings({ destinationRules, backendTlsPolicies, backendTls, registry, certificates }),
      ...warningsOf({
        workloads: inventory.workloads,
        services: inventory.services,
        rootNamespace: mesh.rootNamespace,
        namespaces,
        registry,
        rules,
        tcpRules,
        tcpRoutes,
        grants,
        policies,
        gateways,
        virtualServices,
        destinationRules,
        serviceEntries,
        sidecars,
        gatewayRoutes,
        serviceParents,
        istioGateways,
        gatewayApiGateways,
        peers,
        targeting: [...authorizationPolicies, ...requestAuthentications],
      }),
    ],
    listeners: gateways.listeners,
    meshView,
    gateways,
    registry,
    serviceParents,
    grants,
    backendTls,
    policies: {
      peers: new PeerAuthentications(peers, mesh.rootNamespace),
      tokens,
      access: new AuthorizationPolicies(authorizationPolicies, mesh.rootNamespace),
    },
  }
}
