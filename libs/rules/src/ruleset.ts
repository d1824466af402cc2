import type { Inventory } from './decision.ts'
import type { Notice, StoredObject } from './manifest.ts'

/** Mesh-wide settings, by the names of Istio's MeshConfig. */
export interface MeshConfig {
  /** Policies here hold for every namespace. */
  rootNamespace: string
  trustDomain: string
  /** What happens to requests for hosts that nobody declared. */
  outboundTrafficPolicy: 'ALLOW_ANY' | 'REGISTRY_ONLY'
}

/** Istio's defaults. */
export const defaultMeshConfig: MeshConfig = {
  rootNamespace: 'istio-system',
  trustDomain: 'cluster.local',
  outboundTrafficPolicy: 'ALLOW_ANY',
}

/** A port that the mesh's gateway has to listen on. */
export interface Listener {
  /** `Gateway default/bookinfo-gateway` */
  gateway: string
  port: number
  protocol: 'HTTP' | 'HTTPS'
  /** Hosts it serves, `*` for all. */
  hosts: readonly string[]
}

/** Rules made ready for decisions: opaque to the proxy but for these. Immutable; requests in flight keep the one they started with. */
export interface RuleSet {
  /** What Istio would warn about: unknown host or subset, shadowed rule, route that no gateway takes. */
  warnings: readonly Notice[]
  listeners: readonly Listener[]
}

/**
 * Compiles valid objects for the workloads that exist. Cheap enough to run on every change (a few ms for 1,000 routes).
 * Throws ManifestError for what Istio's webhook refuses across objects; everything softer is a warning.
 */
export const compile = (objects: readonly StoredObject[], inventory: Inventory, mesh: MeshConfig = defaultMeshConfig): RuleSet => {
  throw new Error(`being written: ${objects.length} ${inventory.services.length} ${mesh.trustDomain}`)
}
