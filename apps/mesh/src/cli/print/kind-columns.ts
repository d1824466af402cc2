/** The columns of each kind's table: as the API server prints it, or as its definition declares them. */
import type { KubeObject } from '../../control/kube-object.ts'
import { age } from '../columns.ts'

export interface Column {
  title: string
  value: (object: any) => string
  /** Only with -o wide. */
  wide?: true
}

const column = (title: string, value: Column['value']): Column => ({ title, value })
const wide = (title: string, value: Column['value']): Column => ({ title, value, wide: true })
const none = '<none>'
const pairs = (labels: Readonly<Record<string, string>> | undefined) =>
  Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',') || none
const list = (value: unknown) => (value === undefined ? '' : JSON.stringify(value))
const name = column('NAME', ({ metadata }) => metadata.name)
const ageColumn = column('AGE', ({ metadata }) => (metadata.creationTimestamp ? age(Date.parse(metadata.creationTimestamp)) : '<unknown>'))

/** The columns between NAME and AGE; those after it are `wide`. */
const own: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    column(
      'READY',
      ({ status }) => `${status.containerStatuses.filter((each: any) => each.ready).length}/${status.containerStatuses.length}`,
    ),
    column('STATUS', podStatus),
    column('RESTARTS', restarts),
    wide('IP', ({ status }) => status.podIP ?? none),
    wide('NODE', ({ spec }) => spec.nodeName ?? none),
    wide('NOMINATED NODE', () => none),
    wide('READINESS GATES', () => none),
  ],
  Deployment: [
    column('READY', ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas}`),
    column('UP-TO-DATE', ({ status }) => String(status.updatedReplicas ?? 0)),
    column('AVAILABLE', ({ status }) => String(status.availableReplicas ?? 0)),
    wide('CONTAINERS', ({ spec }) => spec.template.spec.containers.map((each: any) => each.name).join(',')),
    wide('IMAGES', ({ spec }) => spec.template.spec.containers.map((each: any) => each.image ?? none).join(',')),
    wide('SELECTOR', ({ spec }) => pairs(spec.selector.matchLabels)),
  ],
  Service: [
    column('TYPE', ({ spec }) => spec.type),
    column('CLUSTER-IP', ({ spec }) => spec.clusterIP ?? none),
    column(
      'EXTERNAL-IP',
      ({ status }) => (status.loadBalancer?.ingress ?? []).map((each: any) => each.ip ?? each.hostname).join(',') || none,
    ),
    column('PORT(S)', ({ spec }) =>
      spec.ports.map(({ port, nodePort, protocol }: any) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`).join(','),
    ),
    wide('SELECTOR', ({ spec }) => pairs(spec.selector)),
  ],
  Namespace: [column('STATUS', ({ status }) => status?.phase ?? 'Active')],
  GatewayClass: [
    column('CONTROLLER', ({ spec }) => spec.controllerName),
    column('ACCEPTED', ({ status }) => status.conditions.find(({ type }: any) => type === 'Accepted')?.status ?? 'Unknown'),
  ],
  ServiceAccount: [column('SECRETS', ({ secrets = [] }) => String(secrets.length))],
  Endpoints: [column('ENDPOINTS', endpoints)],
  ConfigMap: [column('DATA', ({ data = {}, binaryData = {} }) => String(Object.keys(data).length + Object.keys(binaryData).length))],
  Secret: [column('TYPE', ({ type = 'Opaque' }) => type), column('DATA', ({ data = {} }) => String(Object.keys(data).length))],
  VirtualService: [column('GATEWAYS', ({ spec }) => list(spec.gateways)), column('HOSTS', ({ spec }) => list(spec.hosts))],
  DestinationRule: [column('HOST', ({ spec }) => spec.host ?? '')],
  ServiceEntry: [
    column('HOSTS', ({ spec }) => list(spec.hosts)),
    column('LOCATION', ({ spec }) => spec.location ?? ''),
    column('RESOLUTION', ({ spec }) => spec.resolution ?? ''),
  ],
  PeerAuthentication: [column('MODE', ({ spec }) => spec?.mtls?.mode ?? '')],
  AuthorizationPolicy: [column('ACTION', ({ spec }) => spec?.action ?? '')],
  HTTPRoute: [column('HOSTNAMES', ({ spec }) => list(spec.hostnames))],
  TLSRoute: [column('HOSTNAMES', ({ spec }) => list(spec.hostnames))],
  GRPCRoute: [column('HOSTNAMES', ({ spec }) => list(spec.hostnames))],
}

const gatewayApiGateway: readonly Column[] = [
  column('CLASS', ({ spec }) => spec.gatewayClassName),
  column('ADDRESS', ({ status }) => (status?.addresses ?? []).map((each: any) => each.value).join(',')),
  column('PROGRAMMED', ({ status }) => status?.conditions?.find(({ type }: any) => type === 'Programmed')?.status ?? 'Unknown'),
]

/** Columns of a kind's table, wide ones where they are asked for. */
export function columnsOf({ kind, apiVersion }: KubeObject, asWide: boolean): Column[] {
  const between = kind === 'Gateway' && apiVersion.startsWith('gateway.') ? gatewayApiGateway : (own[kind] ?? [])
  const columns = [name, ...between.filter((each) => !each.wide), ageColumn, ...between.filter((each) => each.wide)]
  return asWide ? columns : columns.filter((each) => !each.wide)
}

/** The reason that a container waits or ended for, else the pod's phase. */
function podStatus({ metadata, status }: any): string {
  if (metadata.deletionTimestamp) return 'Terminating'
  const reasons = status.containerStatuses.map(({ state }: any) => state.waiting?.reason ?? state.terminated?.reason)
  return reasons.find((reason: string | undefined) => reason !== undefined) ?? status.phase
}

function restarts({ status }: any): string {
  const count = status.containerStatuses.reduce((sum: number, { restartCount }: any) => sum + restartCount, 0)
  const ends = status.containerStatuses.flatMap(({ lastState }: any) => lastState?.terminated?.finishedAt ?? [])
  return count === 0 || ends.length === 0 ? String(count) : `${count} (${age(Math.max(...ends.map(Date.parse)))} ago)`
}

function endpoints({ subsets = [] }: any): string {
  const all = subsets.flatMap(({ addresses = [], ports }: any) =>
    ports.flatMap(({ port }: any) => addresses.map(({ ip }: any) => `${String(ip).includes(':') ? `[${ip}]` : ip}:${port}`)),
  )
  if (all.length === 0) return none
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',')
}
