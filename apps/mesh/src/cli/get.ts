/** `get` and `describe`. */
import { stringify } from 'yaml'
import type { describeServed, statusOf } from '../control/views.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import { age, columns } from './columns.ts'
import type { Typed } from './flag-reader.ts'
import { pluralOf, readTargets, type Target } from './resource-words.ts'

type Shown = ReturnType<typeof describeServed>
type Status = ReturnType<typeof statusOf>

export async function get(typed: Typed): Promise<number> {
  const { namespace } = typed
  const everywhere = typed.on('all-namespaces')
  const targets = await readTargets(typed.words)
  if (targets.length === 0) throw new CliError('error: You must specify the type of resource to get, for instance virtualservices.')
  for (const { kinds } of targets) if (await showRunning(kinds[0]!.plural)) return 0
  const objects = (await Promise.all(targets.map((target) => find(target, everywhere ? undefined : namespace)))).flat()
  if (objects.length === 0) {
    console.error(everywhere ? 'No resources found' : `No resources found in ${namespace} namespace.`)
    return 0
  }
  console.log(render(objects, typed.text('output'), typed.words.length === 2 || typed.words[0]!.includes('/'), everywhere))
  return 0
}

export async function describe(typed: Typed): Promise<number> {
  const targets = await readTargets(typed.words)
  const objects = await Promise.all(targets.map((target) => find(target, typed.on('all-namespaces') ? undefined : typed.namespace)))
  console.log(objects.flat().map(description).join('\n\n\n'))
  return 0
}

async function find({ kinds, name }: Target, namespace: string | undefined): Promise<Shown[]> {
  const found = kinds.map(async (kind) => {
    const query = { resource: pluralOf(kind), ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }) }
    return ask<Shown[]>('GET', `/api/objects?${new URLSearchParams(query)}`)
  })
  const objects = (await Promise.all(found)).flat()
  if (objects.length === 0 && name !== undefined)
    throw new CliError(`Error from server (NotFound): ${pluralOf(kinds[0]!)} "${name}" not found`)
  return objects
}

function render(objects: readonly Shown[], output: string | undefined, single: boolean, everywhere: boolean): string {
  const documents = objects.map(({ raw }) => raw)
  const list = single ? documents[0] : { apiVersion: 'v1', items: documents, kind: 'List', metadata: { resourceVersion: '' } }
  if (output === 'yaml') return stringify(list).trimEnd()
  if (output === 'json') return JSON.stringify(list, null, 4)
  if (output === 'name') return objects.map(({ resource, name }) => `${resource}/${name}`).join('\n')
  if (output !== undefined && output !== 'wide')
    throw new CliError(
      `error: unable to match a printer suitable for the output format "${output}", allowed formats are: json,name,wide,yaml`,
    )
  const kinds = [...new Set(objects.map(({ resource }) => resource))]
  return kinds
    .map((kind) =>
      tableOf(
        objects.filter(({ resource }) => resource === kind),
        kinds.length > 1,
        everywhere,
      ),
    )
    .join('\n\n')
}

function tableOf(objects: readonly Shown[], mixed: boolean, everywhere: boolean): string {
  const extra = extraColumns(objects[0]!)
  const head = [...(everywhere ? ['NAMESPACE'] : []), 'NAME', ...extra.map(([title]) => title), 'AGE']
  const rows = objects.map((object) => [
    ...(everywhere ? [object.namespace] : []),
    mixed ? `${object.resource}/${object.name}` : object.name,
    ...extra.map(([, value]) => value((object.raw['spec'] ?? object.raw) as Record<string, unknown>)),
    age(object.appliedAt),
  ])
  return columns(head, rows)
}

/** The columns that the CRDs themselves declare. */
function extraColumns({ kind, apiVersion }: Shown): [string, (spec: Record<string, unknown>) => string][] {
  const list = (value: unknown) => (value === undefined ? '' : JSON.stringify(value))
  if (kind === 'VirtualService')
    return [
      ['GATEWAYS', ({ gateways }) => list(gateways)],
      ['HOSTS', ({ hosts }) => list(hosts)],
    ]
  if (kind === 'DestinationRule') return [['HOST', ({ host }) => String(host)]]
  if (kind === 'ServiceEntry')
    return [
      ['HOSTS', ({ hosts }) => list(hosts)],
      ['LOCATION', ({ location = '' }) => String(location)],
      ['RESOLUTION', ({ resolution = '' }) => String(resolution)],
    ]
  if (kind === 'HTTPRoute') return [['HOSTNAMES', ({ hostnames }) => list(hostnames)]]
  if (kind === 'Gateway' && apiVersion.startsWith('gateway.')) return [['CLASS', ({ gatewayClassName }) => String(gatewayClassName)]]
  if (kind === 'Secret')
    return [
      ['TYPE', ({ type = 'Opaque' }) => String(type)],
      ['DATA', ({ data = {} }) => String(Object.keys(data as object).length)],
    ]
  if (kind === 'PeerAuthentication') return [['MODE', ({ mtls }) => (mtls as { mode?: string } | undefined)?.mode ?? '']]
  if (kind === 'AuthorizationPolicy') return [['ACTION', ({ action = 'ALLOW' }) => String(action)]]
  return []
}

function description({ name, namespace, apiVersion, kind, source, raw, appliedAt }: Shown): string {
  const { labels, annotations } = (raw['metadata'] ?? {}) as { labels?: object; annotations?: object }
  const pairs = (value: object | undefined) =>
    Object.entries(value ?? {})
      .map(([key, text]) => `${key}=${String(text)}`)
      .join(',') || '<none>'
  const fields: [string, string][] = [
    ['Name:', name],
    ['Namespace:', namespace],
    ['Labels:', pairs(labels)],
    ['Annotations:', pairs(annotations)],
    ['API Version:', apiVersion],
    ['Kind:', kind],
    ['Applied:', `${new Date(appliedAt).toISOString()} from ${source.file}, document ${source.document}`],
  ]
  const width = Math.max(...fields.map(([title]) => title.length)) + 2
  const head = fields.map(([title, text]) => title.padEnd(width) + text).join('\n')
  if (kind === 'Secret') return `${head}\nType:\n  ${(raw['type'] as string | undefined) ?? 'Opaque'}\nData:\n${indented(raw['data'])}`
  return `${head}\nSpec:\n${indented(raw['spec'])}`
}

const indented = (value: unknown) => stringify(value).trimEnd().replaceAll(/^/gm, '  ')

/** What runs rather than what is applied: pods, deployments and services. */
async function showRunning(resource: string): Promise<boolean> {
  const isPods = ['pods', 'pod', 'po'].includes(resource)
  const isDeployments = ['deployments', 'deployment', 'deploy', 'deployments.apps', 'workloads'].includes(resource)
  const isServices = ['services', 'service', 'svc'].includes(resource)
  if (!isPods && !isDeployments && !isServices) return false
  const { workloads, services, startsPods } = await ask<Status>('GET', '/api/status')
  if (isPods) {
    const row = ({ name, phase, restarts, startedAt }: Status['workloads'][number]['pods'][number]) => [
      name,
      phase === 'ready' ? '1/1' : '0/1',
      // Nobody here knows why a pod that others run does not answer.
      startsPods || phase !== 'waiting' ? phases[phase] : 'Unknown',
      String(restarts),
      age(startedAt),
    ]
    console.log(
      columns(
        ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE'],
        workloads.flatMap(({ pods }) => pods.map(row)),
      ),
    )
  } else if (isDeployments) {
    const rows = workloads.map(({ name, ready, replicas }) => [name, `${ready}/${replicas}`, String(ready)])
    console.log(columns(['NAME', 'READY', 'AVAILABLE'], rows))
  } else
    console.log(
      columns(
        ['NAME', 'PORT(S)', 'HOST'],
        services.map(({ name, port, host }) => [name, `${port}/TCP`, host]),
      ),
    )
  return true
}

const phases = {
  starting: 'ContainerCreating',
  ready: 'Running',
  waiting: 'CrashLoopBackOff',
  stopping: 'Terminating',
  stopped: 'Completed',
} as const
