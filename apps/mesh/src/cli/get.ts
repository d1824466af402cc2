/** `get` and `describe`. */
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import type { describe as describeObject, statusOf } from '../control/views.ts'
import { resourceNamed } from '../rules/objects.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import { age, columns } from './columns.ts'

type Shown = ReturnType<typeof describeObject>
type Status = ReturnType<typeof statusOf>

const options = {
  namespace: { type: 'string', short: 'n', default: 'default' },
  'all-namespaces': { type: 'boolean', short: 'A', default: false },
  output: { type: 'string', short: 'o' },
} as const

export async function get(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [resource, name] = wordsOf(positionals)
  const { namespace, 'all-namespaces': everywhere, output } = values
  if (await showRunning(resource)) return 0
  const objects = await find(resource, name, everywhere ? undefined : namespace)
  if (objects.length === 0) {
    console.error(everywhere ? 'No resources found' : `No resources found in ${namespace} namespace.`)
    return 0
  }
  console.log(render(objects, output, name !== undefined, everywhere))
  return 0
}

export async function describe(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const [resource, name] = wordsOf(positionals)
  const objects = await find(resource, name, values['all-namespaces'] ? undefined : values.namespace)
  console.log(objects.map(description).join('\n\n\n'))
  return 0
}

function wordsOf([resource, name]: string[]): [string, string?] {
  if (resource === undefined) throw new CliError('error: You must specify the type of resource to get, for instance virtualservices.')
  if (!resource.includes('/')) return name === undefined ? [resource] : [resource, name]
  const [kind = '', rest] = resource.split('/', 2)
  return rest === undefined ? [kind] : [kind, rest]
}

async function find(resource: string, name: string | undefined, namespace: string | undefined): Promise<Shown[]> {
  const full = resourceNamed(resource)
  if (full === undefined) throw new CliError(`error: the server doesn't have a resource type "${resource}"`)
  const query = new URLSearchParams({ resource, ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }) })
  const objects = await ask<Shown[]>('GET', `/api/objects?${query}`)
  if (objects.length === 0 && name !== undefined) throw new CliError(`Error from server (NotFound): ${full} "${name}" not found`)
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
    ...extra.map(([, value]) => value(object.raw['spec'] as Record<string, unknown>)),
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
  return `${fields.map(([title, text]) => title.padEnd(width) + text).join('\n')}\nSpec:\n${stringify(raw['spec']).trimEnd().replaceAll(/^/gm, '  ')}`
}

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
