/** What the console and the CLI receive: the state of the mesh in plain data. */
import { whereIs, type ManifestObject, type Notice } from '@bookinfo/rules/manifest'
import type { AccessLog } from '../access-log.ts'
import type { Mesh } from '../mesh.ts'
import type { Replica } from '../pods/fleet.ts'
import { resourceOf } from '../rules/objects.ts'
import type { Applied } from '../rules/applied.ts'
import type { RuleStore } from '../rules/store.ts'
import { written } from '../rules/written.ts'
import { podOrigin } from '../proxy/upstream-address.ts'
import { servicePort } from '../topology.ts'
import { ownVersion } from '../version.ts'
import type { EventStream } from './events.ts'
import { withRemedies } from './remedies.ts'
import { windowSeconds, type Stats } from './stats.ts'
import type { Traffic } from './traffic.ts'

export interface Addresses {
  /** `http://localhost:8080` */
  gateway: string
  console: string
  /** Collector's base address; null when nothing is traced. */
  zipkin: string | null
  /** Whether that collector is the mesh's own: then its API is also below the console's /zipkin. */
  embeddedZipkin: boolean
}

/** The running parts that control acts on. */
export interface Control {
  mesh: Mesh
  stats: Stats
  accessLog: AccessLog
  traffic: Traffic
  events: EventStream
  addresses: Addresses
  /** ms since 1970 */
  startedAt: number
}

export const statusOf = ({ mesh, addresses, startedAt }: Control) => ({
  ...addresses,
  gatewayTls: mesh.tlsDoor.port === undefined ? null : `https://localhost:${mesh.tlsDoor.port}`,
  pid: process.pid,
  version: ownVersion,
  startedAt,
  /** Whether the mesh started the pods; those that others run it can neither scale nor restart nor kill. */
  startsPods: mesh.startsPods,
  services: mesh.services.map(({ name, host, ports }) => ({ name, host, port: servicePort, ports, plaintext: mesh.plaintext.get(name) })),
  workloads: mesh.workloads.map((workload) => {
    const { name, app, version, serviceAccount, calls } = workload
    const replicas = mesh.fleet.of(name)
    const { replicas: wanted, revision } = mesh.fleet.wanted(workload)
    const ready = replicas.filter(({ pod }) => pod.phase === 'ready').length
    const outbound = Object.fromEntries(mesh.outbound.get(name) ?? [])
    return {
      name,
      app,
      version,
      serviceAccount,
      calls,
      /** Pods that were asked for, and its rollout: the first is 1. */
      replicas: wanted,
      revision,
      ready,
      outbound,
      pods: replicas.map(describePod),
    }
  }),
})

const describePod = ({ pod, labels, revision }: Replica) => ({
  name: pod.name,
  labels,
  /** Rollout that it came with. */
  revision,
  phase: pod.phase,
  pid: pod.pid ?? null,
  address: podOrigin(pod).replace('http://', ''),
  port: pod.port,
  /** Where it serves further ports of its services, by their numbers. */
  ports: pod.ports,
  restarts: pod.restarts,
  startedAt: pod.startedAt,
  lastDeath: pod.lastDeath ?? null,
})

export const snapshotOf = ({ stats, traffic }: Control) => ({
  at: Date.now(),
  windowSeconds,
  edges: stats.edges(),
  traffic: traffic.report,
})

export const appliedOf = ({ mesh: { rules } }: Control) => ({
  objects: rules.objects.map((object) => describe(object, rules)),
  warnings: withRemedies(rules.warnings),
  mesh: rules.mesh,
})

export const describeObject = (object: ManifestObject) => {
  const { apiVersion, kind, namespace, name } = object
  return { resource: resourceOf(object), apiVersion, kind, namespace, name }
}

/** An object as it was applied, and what the mesh says of it. */
const describe = (object: Applied, rules: RuleStore) => ({
  ...describeObject(object),
  created: object.created,
  appliedAt: object.appliedAt,
  source: object.source,
  raw: shownOf(object),
  status: rules.statusOf(object),
  warnings: withRemedies(noticesAbout(object, rules.warnings)),
})

/** The same with `raw` as an API server serves it. */
export const describeServed = (object: Applied, rules: RuleStore) => ({
  ...describe(object, rules),
  raw: servedOf(object, rules.statusOf(object)),
})

/** Those that are about an object. */
export const noticesAbout = (object: ManifestObject, notices: readonly Notice[]): Notice[] => {
  const own = whereIs(object)
  return notices.filter(({ where }) => where === own || where.startsWith(`${own} `))
}

/** An object as an API server serves it: what was applied, what the server knows of it, and the mesh's own status. */
const servedOf = (object: Applied, status: object | undefined): Readonly<Record<string, unknown>> => {
  const shown = shownOf(object)
  const { namespace, appliedAt, uid, generation } = object
  return {
    ...shown,
    metadata: {
      ...(shown['metadata'] as object),
      ...(namespace !== '' && { namespace }),
      creationTimestamp: new Date(appliedAt).toISOString().replace(/\.\d+Z$/, 'Z'),
      uid,
      ...(!withoutGeneration.has(object.kind) && { generation }),
    },
    ...(status && { status }),
  }
}

/** As in Kubernetes. */
const withoutGeneration = new Set(['Secret', 'ConfigMap', 'Namespace'])

/** An object as it may be seen: of a Secret, names and sizes. */
export const shownOf = ({ kind, raw }: ManifestObject): Readonly<Record<string, unknown>> => {
  if (kind !== 'Secret') return written(raw)
  const { apiVersion, type, metadata, data, stringData } = raw as {
    apiVersion: string
    type?: string
    metadata: { name: string; namespace?: string; labels?: object }
    data?: Record<string, string>
    stringData?: Record<string, string>
  }
  // Not all of the metadata: kubectl writes the whole Secret into an annotation.
  const { name, namespace, labels } = metadata
  const sizes = (values: Record<string, string> | undefined, encoding: 'base64' | 'utf8') =>
    Object.entries(values ?? {}).map(([key, value]) => [key, `${Buffer.byteLength(value, encoding)} bytes`])
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace !== undefined && { namespace }), ...(labels && { labels }) },
    ...(type !== undefined && { type }),
    data: Object.fromEntries([...sizes(data, 'base64'), ...sizes(stringData, 'utf8')]),
  }
}
