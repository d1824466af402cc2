/** What runs here, in the form that Kubernetes gives it: what a tutorial's jsonpath looks for is where it is on a cluster. */
import type { MeshService } from '@bookinfo/rules/decision'
import { hasLabels } from '@bookinfo/rules/conditions'
import { controllerName, gatewayClassStatus } from '@bookinfo/rules/gateway-status'
import type { GatewayApiGateway } from '@bookinfo/rules/kinds/gateway-api-gateway'
import { hostname } from 'node:os'
import { isIP } from 'node:net'
import type { Replica } from '../pods/fleet.ts'
import { staysHere } from '../pods/fleet.ts'
import type { PodPhase } from '../pods/pod.ts'
import { gateway, labelsOf, namespace, servicePort, type Workload } from '../topology.ts'
import { timestamp, type KubeObject } from './kube-object.ts'
import type { Control } from './views.ts'

const proxy = 'istio-proxy'
const local = '127.0.0.1'

/** Every object of a kind that runs; none for other kinds. */
export function runningObjects(kind: string, control: Control): KubeObject[] {
  const { mesh } = control
  const since = timestamp(control.startedAt)
  if (kind === 'Pod') return [...mesh.fleet.replicas.map((replica) => podOf(replica, control)), gatewayPod(control)]
  if (kind === 'Deployment') return [...mesh.workloads.map((workload) => deploymentOf(workload, control)), gatewayDeployment(since)]
  if (kind === 'Service') return [...mesh.services.map((service) => serviceOf(service, since)), gatewayService(control)]
  if (kind === 'Endpoints') return [...mesh.services.map((service) => endpointsOf(service, control)), gatewayEndpoints(control)]
  if (kind === 'ServiceAccount') return accountsOf(control)
  if (kind === 'Namespace') return namespacesOf(control)
  if (kind === 'GatewayClass') return gatewayClassesOf(control)
  return []
}

function podOf({ pod, workload, labels, revision }: Replica, { mesh }: Control): KubeObject {
  const { startsPods } = mesh
  const ready = pod.phase === 'ready'
  const since = pod.startedAt > 0 ? timestamp(pod.startedAt) : undefined
  const address = isIP(pod.address) ? pod.address : undefined
  const states = { ready, restartCount: pod.restarts, started: ready }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: pod.name,
      namespace,
      labels,
      ...(since !== undefined && { creationTimestamp: since }),
      ...(pod.leavingSince !== undefined && { deletionTimestamp: timestamp(pod.leavingSince) }),
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: workload.name, controller: true }],
      ...(revision > 1 && { annotations: { 'deployment.kubernetes.io/revision': String(revision) } }),
    },
    spec: { ...podSpecOf(workload, variablesOf(workload, mesh, revision), portsOf(pod, mesh.services)), nodeName: hostname() },
    status: {
      ...stateOf(pod, startsPods),
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({
        type,
        status: ready || type === 'PodScheduled' || type === 'Initialized' ? 'True' : 'False',
      })),
      ...(since !== undefined && { startTime: since }),
      hostIP: local,
      ...(address !== undefined && { podIP: address, podIPs: [{ ip: address }] }),
      containerStatuses: [
        { name: workload.app, ...states, ...containerState(pod, startsPods) },
        { name: proxy, ready: true, restartCount: 0, started: true, state: { running: since === undefined ? {} : { startedAt: since } } },
      ],
    },
  }
}

type AnyPod = Replica['pod']

/** Whether the process of a pod is there at all. Of one that others run nothing is known but its answers. */
const isUnderWay = ({ phase, pid }: AnyPod) => phase !== 'starting' || pid !== undefined

function stateOf(pod: AnyPod, startsPods: boolean): { phase: string } {
  if (!startsPods) return { phase: pod.phase === 'ready' ? 'Running' : 'Unknown' }
  if (pod.phase === 'stopped') return { phase: 'Succeeded' }
  return { phase: isUnderWay(pod) ? 'Running' : 'Pending' }
}

function containerState(pod: AnyPod, startsPods: boolean) {
  const running = { running: pod.startedAt > 0 ? { startedAt: timestamp(pod.startedAt) } : {} }
  const ended = pod.lastDeath && {
    lastState: { terminated: { ...exitOf(pod.lastDeath.how), finishedAt: timestamp(pod.lastDeath.at), message: pod.lastDeath.how } },
  }
  const states: Record<PodPhase, object> = {
    ready: running,
    starting: isUnderWay(pod) && startsPods ? running : { waiting: { reason: 'ContainerCreating' } },
    waiting: { waiting: { reason: startsPods ? 'CrashLoopBackOff' : 'Unknown', ...(pod.lastDeath && { message: pod.lastDeath.how }) } },
    stopping: running,
    stopped: { terminated: { exitCode: 0, reason: 'Completed' } },
  }
  return { state: states[pod.phase], ...ended }
}

/** `exit code 1` or `SIGKILL`, as a container's end: 128 and the signal's number. */
function exitOf(how: string) {
  const [, code] = /^exit code (\d+)$/.exec(how) ?? []
  if (code !== undefined) return { exitCode: Number(code), reason: 'Error' }
  const signals: Readonly<Record<string, number>> = { SIGKILL: 9, SIGTERM: 15, SIGINT: 2, SIGSEGV: 11, SIGABRT: 6 }
  return { exitCode: 128 + (signals[how] ?? 0), reason: 'Error' }
}

/** The variables of a workload's newest pods; of older ones, those of its version. */
function variablesOf(workload: Workload, { fleet, startsPods }: Control['mesh'], revision: number) {
  return startsPods && fleet.wanted(workload).revision === revision ? fleet.variables(workload) : workload.env
}

/** The ports of its services that a pod serves, by name, and where it really does. */
function portsOf({ port, ports }: AnyPod, services: readonly MeshService[]): { name: string; port: number }[] {
  const names = services[0]?.ports ?? []
  return names.flatMap(({ number, name }) =>
    number === servicePort ? [{ name, port }] : number in ports ? [{ name, port: ports[number]! }] : [],
  )
}

/** `ports` are where a pod really serves; a template has none. */
function podSpecOf({ app, serviceAccount }: Workload, env: Readonly<Record<string, string>>, ports?: ReturnType<typeof portsOf>) {
  return {
    containers: [
      {
        name: app,
        command: ['node', `apps/${app}/src/main.ts`],
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        ...(ports && { ports: ports.map(({ name, port }) => ({ name, containerPort: port, protocol: 'TCP' })) }),
      },
      { name: proxy },
    ],
    serviceAccountName: serviceAccount,
  }
}

function deploymentOf(workload: Workload, { mesh, startedAt }: Control): KubeObject {
  const { name, app, version } = workload
  const { replicas: wanted, revision } = mesh.fleet.wanted(workload)
  const here = mesh.fleet.of(name).filter(staysHere)
  const ready = here.filter(({ pod }) => pod.phase === 'ready').length
  const updated = here.filter((replica) => replica.revision === revision).length
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace,
      labels: { app, version },
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      creationTimestamp: timestamp(startedAt),
      generation: revision,
    },
    spec: {
      replicas: wanted,
      selector: { matchLabels: { app, version } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '100%', maxUnavailable: 0 } },
      template: { metadata: { labels: labelsOf(workload) }, spec: podSpecOf(workload, variablesOf(workload, mesh, revision)) },
    },
    status: {
      observedGeneration: revision,
      ...(here.length > 0 && { replicas: here.length, updatedReplicas: updated }),
      ...(ready > 0 && { readyReplicas: ready, availableReplicas: ready }),
      ...(wanted > ready && { unavailableReplicas: wanted - ready }),
      conditions: [
        { type: 'Available', status: ready >= wanted ? 'True' : 'False' },
        { type: 'Progressing', status: 'True' },
      ],
    },
  }
}

function serviceOf({ name, ports, selector }: MeshService, since: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { app: selector['app'] ?? name, service: name }, creationTimestamp: since },
    spec: {
      // Reached by its name through a proxy, never by an address.
      clusterIP: 'None',
      ports: ports.map(({ number, name: port }) => ({ name: port, port: number, protocol: 'TCP', targetPort: port })),
      selector,
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
    status: { loadBalancer: {} },
  }
}

function endpointsOf(service: MeshService, { mesh, startedAt }: Control): KubeObject {
  const members = mesh.fleet.replicas.filter((replica) => staysHere(replica) && hasLabels(service.selector, replica.labels))
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: service.name, namespace, labels: { service: service.name }, creationTimestamp: timestamp(startedAt) },
    // Processes of one machine: each has its own port, so each is a subset.
    ...(members.length > 0 && {
      subsets: members.map(({ pod }) => ({
        [pod.phase === 'ready' ? 'addresses' : 'notReadyAddresses']: [
          { ip: pod.address, targetRef: { kind: 'Pod', name: pod.name, namespace } },
        ],
        ports: portsOf(pod, [service]).map((port) => ({ ...port, protocol: 'TCP' })),
      })),
    }),
  }
}

const atGateway = { namespace: gateway.namespace, labels: gateway.labels }

/** The gateway's ports by their names in Istio; `https` is its TLS port while a Gateway uses TLS. */
const gatewayPorts = ({ mesh }: Control) => [
  { name: 'http2', port: mesh.gatewayPort },
  ...(mesh.gatewayTlsPort === undefined ? [] : [{ name: 'https', port: mesh.gatewayTlsPort }]),
]

function gatewayService(control: Control): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: gateway.name, ...atGateway, creationTimestamp: timestamp(control.startedAt) },
    spec: {
      clusterIP: local,
      // The real port is reported for all three: a tutorial reads one or the other.
      ports: gatewayPorts(control).map(({ name, port }) => ({ name, port, protocol: 'TCP', targetPort: port, nodePort: port })),
      selector: gateway.labels,
      sessionAffinity: 'None',
      type: 'LoadBalancer',
    },
    status: { loadBalancer: { ingress: [{ ip: local }] } },
  }
}

function gatewayEndpoints(control: Control): KubeObject {
  const ports = gatewayPorts(control).map((port) => ({ ...port, protocol: 'TCP' }))
  const addresses = [{ ip: local, targetRef: { kind: 'Pod', name: gateway.name, namespace: gateway.namespace } }]
  const metadata = { name: gateway.name, ...atGateway, creationTimestamp: timestamp(control.startedAt) }
  return { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets: [{ addresses, ports }] }
}

/** The gateway is a part of the mesh's own process. */
const gatewaySpec = { containers: [{ name: proxy }], serviceAccountName: gateway.principal.split('/').at(-1) }

function gatewayPod({ startedAt }: Control): KubeObject {
  const since = timestamp(startedAt)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: gateway.name, ...atGateway, creationTimestamp: since },
    spec: { ...gatewaySpec, nodeName: hostname() },
    status: {
      phase: 'Running',
      conditions: ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'].map((type) => ({ type, status: 'True' })),
      startTime: since,
      hostIP: local,
      podIP: local,
      podIPs: [{ ip: local }],
      containerStatuses: [{ name: proxy, ready: true, restartCount: 0, started: true, state: { running: { startedAt: since } } }],
    },
  }
}

function gatewayDeployment(since: string): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: gateway.name, ...atGateway, creationTimestamp: since, generation: 1 },
    spec: {
      replicas: 1,
      selector: { matchLabels: gateway.labels },
      template: { metadata: { labels: gateway.labels }, spec: gatewaySpec },
    },
    status: {
      observedGeneration: 1,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      conditions: [
        { type: 'Available', status: 'True' },
        { type: 'Progressing', status: 'True' },
      ],
    },
  }
}

function accountsOf({ mesh, startedAt }: Control): KubeObject[] {
  const accounts = [
    ...[...new Set(mesh.workloads.map(({ serviceAccount }) => serviceAccount))].map((name) => ({ name, namespace })),
    { name: gatewaySpec.serviceAccountName ?? '', namespace: gateway.namespace },
  ]
  return accounts.map((metadata) => ({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { ...metadata, creationTimestamp: timestamp(startedAt) },
  }))
}

/** The two that always exist, and those that contain objects; an applied Namespace has its own object. */
function namespacesOf({ mesh, startedAt }: Control): KubeObject[] {
  const names = new Set([namespace, gateway.namespace, ...mesh.rules.objects.map((object) => object.namespace)])
  for (const object of mesh.rules.objects) if (object.kind === 'Namespace') names.delete(object.name)
  names.delete('')
  const labels = (name: string) => (name === namespace ? { 'istio-injection': 'enabled' } : {})
  return [...names].map((name) =>
    asNamespace({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: labels(name), creationTimestamp: timestamp(startedAt) } }),
  )
}

/** With what every namespace has. */
export const asNamespace = (object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { 'kubernetes.io/metadata.name': object.metadata.name, ...object.metadata.labels } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
})

/** Istio's, and those that Gateways name: all of them are the mesh. */
function gatewayClassesOf({ mesh, startedAt }: Control): KubeObject[] {
  const names = new Set(['istio'])
  for (const { apiVersion, kind, spec } of mesh.rules.objects)
    if (kind === 'Gateway' && apiVersion.startsWith('gateway.networking.k8s.io/')) names.add((spec as GatewayApiGateway).gatewayClassName)
  const since = timestamp(startedAt)
  const conditions = gatewayClassStatus.conditions.map((each) => ({ ...each, observedGeneration: 1, lastTransitionTime: since }))
  return [...names].map((name) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name, creationTimestamp: since, generation: 1 },
    spec: { controllerName },
    status: { conditions },
  }))
}
