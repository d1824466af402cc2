/** An object in the form of `kubectl describe`. */
import type { KubeObject } from '../../control/kube-object.ts'
import type { ObjectEvent } from '../../control/list-objects.ts'
import { age } from '../columns.ts'
import { textOf } from './jsonpath.ts'
import { Outline } from './outline.ts'

type Loose = any

/** All of it; without `events` nothing is said of what happened. */
export function description(object: KubeObject, events: readonly ObjectEvent[] | undefined): string {
  const out = new Outline()
  const describeKind = own[object.kind]
  if (describeKind) describeKind(object, out)
  else describeAny(object, out)
  if (events) writeEvents(events, out)
  return out.text()
}

/** As kubectl describes kinds that it does not know: field by field. */
function describeAny(object: KubeObject, out: Outline) {
  const { name, namespace, labels, annotations, ...metadata } = object.metadata
  out.line(0, 'Name:', name)
  out.line(0, 'Namespace:', namespace ?? '')
  pairs(out, 0, 'Labels:', labels, '=')
  pairs(out, 0, 'Annotations:', annotations, ': ')
  fields(out, 0, { ...object, metadata })
}

function fields(out: Outline, level: number, content: Readonly<Record<string, unknown>>) {
  for (const key of Object.keys(content).toSorted()) {
    const value = content[key]
    const title = `${titleOf(key)}:`
    if (Array.isArray(value)) {
      out.line(level, title)
      for (const each of value) {
        if (typeof each === 'object' && each !== null) fields(out, level + 1, each as Record<string, unknown>)
        else out.line(level + 1, String(each))
      }
    } else if (typeof value === 'object' && value !== null) {
      out.line(level, title)
      fields(out, level + 1, value as Record<string, unknown>)
    } else out.line(level, title, value === null || value === undefined ? '<nil>' : textOf(value))
  }
}

const acronyms = new Set(['API', 'URL', 'UID', 'OSB', 'GUID'])

/** `loadBalancer` as `Load Balancer`, `apiVersion` as `API Version`; names with other characters as they are. */
function titleOf(field: string): string {
  if (/[^\p{L}-]/u.test(field)) return field
  const words = field.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|-+|[^\p{Lu}\p{Ll}-]+/gu) ?? [field]
  return words.map((word) => (acronyms.has(word.toUpperCase()) ? word.toUpperCase() : word[0]!.toUpperCase() + word.slice(1))).join(' ')
}

/** One pair on each line, below each other. */
function pairs(out: Outline, level: number, title: string, values: Readonly<Record<string, string>> | undefined, between: string) {
  const lines = Object.entries(values ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}${between}${value}`)
  const [first = '<none>', ...rest] = lines
  out.line(level, title, first)
  for (const line of rest) out.line(level, '', line)
}

const inOneLine = (values: Readonly<Record<string, string>> | undefined) =>
  Object.entries(values ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',') || '<none>'

function head(out: Outline, { metadata }: KubeObject) {
  out.line(0, 'Name:', metadata.name)
  if (metadata.namespace !== undefined) out.line(0, 'Namespace:', metadata.namespace)
}

/** Kinds that kubectl itself knows. */
const own: Readonly<Record<string, (object: Loose, out: Outline) => void>> = {
  Pod(pod, out) {
    const { metadata, spec, status } = pod
    head(out, pod)
    out.line(0, 'Service Account:', spec.serviceAccountName)
    out.line(0, 'Node:', [spec.nodeName, status.hostIP].filter(Boolean).join('/'))
    if (status.startTime) out.line(0, 'Start Time:', longTime(status.startTime))
    pairs(out, 0, 'Labels:', metadata.labels, '=')
    pairs(out, 0, 'Annotations:', metadata.annotations, ': ')
    if (metadata.deletionTimestamp) out.line(0, 'Status:', `Terminating (lasts ${age(Date.parse(metadata.deletionTimestamp))})`)
    else out.line(0, 'Status:', status.phase)
    out.line(0, 'IP:', status.podIP ?? '')
    out.line(0, 'IPs:', ...(status.podIP ? [] : ['<none>']))
    if (status.podIP) out.line(1, 'IP:', status.podIP)
    for (const { kind, name } of metadata.ownerReferences ?? []) out.line(0, 'Controlled By:', `${kind}/${name}`)
    out.line(0, 'Containers:')
    for (const container of spec.containers) {
      const state = status.containerStatuses.find(({ name }: Loose) => name === container.name) ?? {}
      containerOf(container, out)
      stateOf('State', state.state, out)
      if (state.lastState) stateOf('Last State', state.lastState, out)
      out.line(2, 'Ready:', state.ready ? 'True' : 'False')
      out.line(2, 'Restart Count:', String(state.restartCount ?? 0))
      environmentOf(container, out)
    }
    out.line(0, 'Conditions:')
    out.line(1, 'Type', 'Status')
    for (const { type, status: value } of status.conditions) out.line(1, type, value)
  },
  Deployment(deployment, out) {
    const { metadata, spec, status } = deployment
    const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, unavailableReplicas = 0 } = status
    head(out, deployment)
    out.line(0, 'CreationTimestamp:', longTime(metadata.creationTimestamp))
    pairs(out, 0, 'Labels:', metadata.labels, '=')
    pairs(out, 0, 'Annotations:', metadata.annotations, ': ')
    out.line(0, 'Selector:', inOneLine(spec.selector.matchLabels))
    out.line(
      0,
      'Replicas:',
      `${spec.replicas} desired | ${updatedReplicas} updated | ${replicas} total | ${availableReplicas} available | ${unavailableReplicas} unavailable`,
    )
    if (spec.strategy) out.line(0, 'StrategyType:', spec.strategy.type)
    out.line(0, 'Pod Template:')
    pairs(out, 1, 'Labels:', spec.template.metadata.labels, '=')
    out.line(1, 'Service Account:', spec.template.spec.serviceAccountName)
    out.line(1, 'Containers:')
    for (const container of spec.template.spec.containers) {
      containerOf(container, out)
      environmentOf(container, out)
    }
    out.line(0, 'Conditions:')
    out.line(1, 'Type', 'Status')
    out.line(1, '----', '------')
    for (const { type, status: value } of status.conditions) out.line(1, type, value)
  },
  Service(service, out) {
    const { metadata, spec, status } = service
    head(out, service)
    pairs(out, 0, 'Labels:', metadata.labels, '=')
    pairs(out, 0, 'Annotations:', metadata.annotations, ': ')
    out.line(0, 'Selector:', inOneLine(spec.selector))
    out.line(0, 'Type:', spec.type)
    out.line(0, 'IP:', spec.clusterIP)
    for (const { ip } of status.loadBalancer.ingress ?? []) out.line(0, 'LoadBalancer Ingress:', ip)
    for (const { name, port, protocol, targetPort, nodePort } of spec.ports) {
      out.line(0, 'Port:', name, `${port}/${protocol}`)
      out.line(0, 'TargetPort:', `${targetPort}/${protocol}`)
      if (nodePort) out.line(0, 'NodePort:', name, `${nodePort}/${protocol}`)
    }
    out.line(0, 'Session Affinity:', spec.sessionAffinity)
  },
  Namespace({ metadata, status }, out) {
    out.line(0, 'Name:', metadata.name)
    pairs(out, 0, 'Labels:', metadata.labels, '=')
    pairs(out, 0, 'Annotations:', metadata.annotations, ': ')
    out.line(0, 'Status:', status?.phase ?? 'Active')
  },
  ServiceAccount(account, out) {
    head(out, account)
    pairs(out, 0, 'Labels:', account.metadata.labels, '=')
    pairs(out, 0, 'Annotations:', account.metadata.annotations, ': ')
  },
  Endpoints(endpoints, out) {
    head(out, endpoints)
    pairs(out, 0, 'Labels:', endpoints.metadata.labels, '=')
    pairs(out, 0, 'Annotations:', endpoints.metadata.annotations, ': ')
    out.line(0, 'Subsets:')
    for (const { addresses = [], notReadyAddresses = [], ports } of endpoints.subsets ?? []) {
      out.line(1, 'Addresses:', addresses.map(({ ip }: Loose) => ip).join(',') || '<none>')
      out.line(1, 'NotReadyAddresses:', notReadyAddresses.map(({ ip }: Loose) => ip).join(',') || '<none>')
      out.line(1, 'Ports:')
      out.line(2, 'Name', 'Port', 'Protocol')
      out.line(2, '----', '----', '--------')
      for (const { name, port, protocol } of ports) out.line(2, name, String(port), protocol)
    }
  },
  Secret(secret, out) {
    head(out, secret)
    pairs(out, 0, 'Labels:', secret.metadata.labels, '=')
    pairs(out, 0, 'Annotations:', secret.metadata.annotations, ': ')
    out.line(0, '')
    out.line(0, 'Type:', secret.type ?? 'Opaque')
    out.line(0, '')
    out.line(0, 'Data')
    out.line(0, '====')
    for (const key of Object.keys(secret.data ?? {}).toSorted()) out.line(0, `${key}:`, secret.data[key])
  },
}

function containerOf({ name, image, ports, command }: Loose, out: Outline) {
  out.line(1, `${name}:`)
  if (image) out.line(2, 'Image:', image)
  if (ports) out.line(2, 'Port:', ports.map(({ containerPort, protocol }: Loose) => `${containerPort}/${protocol} (http)`).join(', '))
  if (!command) return
  out.line(2, 'Command:')
  for (const word of command) out.line(3, word)
}

function environmentOf({ env }: Loose, out: Outline) {
  if (!env) return
  out.line(2, 'Environment:')
  for (const { name, value } of env) out.line(3, `${name}:`, value)
}

function stateOf(title: string, state: Loose, out: Outline) {
  if (state?.running) {
    out.line(2, `${title}:`, 'Running')
    if (state.running.startedAt) out.line(3, 'Started:', longTime(state.running.startedAt))
  } else if (state?.waiting) {
    out.line(2, `${title}:`, 'Waiting')
    out.line(3, 'Reason:', state.waiting.reason)
  } else if (state?.terminated) {
    const { reason, message, exitCode, finishedAt } = state.terminated
    out.line(2, `${title}:`, 'Terminated')
    out.line(3, 'Reason:', reason)
    if (message) out.line(3, 'Message:', message)
    out.line(3, 'Exit Code:', String(exitCode))
    if (finishedAt) out.line(3, 'Finished:', longTime(finishedAt))
  }
}

function writeEvents(events: readonly ObjectEvent[], out: Outline) {
  if (events.length === 0) return out.line(0, 'Events:', '<none>')
  out.line(0, 'Events:')
  out.line(1, 'Type', 'Reason', 'Age', 'From', 'Message')
  out.line(1, '----', '------', '----', '----', '-------')
  for (const { type, reason, at, message } of events) out.line(1, type, reason, age(at), 'mesh', message)
}

/** Go's RFC 1123 with a numeric zone, in UTC. */
function longTime(time: string): string {
  const [, day = '', rest = ''] = /^(\w+, )(.*) GMT$/.exec(new Date(time).toUTCString()) ?? []
  return `${day}${rest} +0000`
}
