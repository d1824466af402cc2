/** `version`, `cluster-info`, `api-versions` and `auth can-i`: questions about the mesh itself. */
import { stringify } from 'yaml'
import { isNamed } from '@bookinfo/rules/kind-names'
import type { KnownKind } from '../control/kind-list.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import { columns } from './columns.ts'
import type { Typed } from './flag-reader.ts'
import { ownVersion } from '../version.ts'
import type { Status } from './pod-words.ts'

export async function version(typed: Typed): Promise<number> {
  const client = ownVersion
  const output = typed.text('output')
  if (output !== undefined && output !== 'json' && output !== 'yaml') throw new CliError("error: --output must be 'yaml' or 'json'")
  const server = typed.on('client') ? undefined : (await ask<Status>('GET', '/api/status')).version
  const versions = {
    clientVersion: { gitVersion: `v${client}` },
    ...(server !== undefined && { serverVersion: { gitVersion: `v${server}` } }),
  }
  if (output === 'json') console.log(JSON.stringify(versions, null, 2))
  else if (output === 'yaml') process.stdout.write(stringify(versions))
  else console.log(`Client Version: v${client}${server === undefined ? '' : `\nServer Version: v${server}`}`)
  return 0
}

export async function clusterInfo(): Promise<number> {
  const { gateway, gatewayTls, console: address, zipkin } = await ask<Status>('GET', '/api/status')
  console.log(`The control API and the console of the mesh are running at ${address}`)
  console.log(`The gateway is running at ${gateway}${gatewayTls === null ? '' : ` and ${gatewayTls}`}`)
  if (zipkin !== null) console.log(`Zipkin's API is running at ${zipkin}`)
  return 0
}

const here = async () => (await ask<KnownKind[]>('GET', '/api/kinds')).filter(({ absent }) => absent === undefined)

const groupVersions = ({ group, versions }: KnownKind) => versions.map((each) => (group === '' ? each : `${group}/${each}`))

export async function apiVersions(): Promise<number> {
  for (const each of [...new Set((await here()).flatMap(groupVersions))].toSorted()) console.log(each)
  return 0
}

export async function apiResources(typed: Typed): Promise<number> {
  const group = typed.text('api-group')
  const categories = typed.list('categories')
  const output = typed.text('output')
  const sort = typed.text('sort-by')
  if (output !== undefined && output !== 'name' && output !== 'wide') throw new CliError(`error: --output ${output} is not available`)
  if (sort !== undefined && sort !== 'name' && sort !== 'kind') throw new CliError('error: --sort-by accepts only name or kind')
  const kinds = (await here()).filter(
    (kind) =>
      (group === undefined || kind.group === group) &&
      (!typed.has('namespaced') || (kind.clusterWide ?? false) !== typed.on('namespaced')) &&
      categories.every((each) => kind.categories.includes(each)),
  )
  const by = (kind: KnownKind) => (sort === 'kind' ? kind.kind : sort === 'name' ? kind.plural : `${kind.group} ${kind.plural}`)
  const sorted = kinds.toSorted((a, b) => (by(a) < by(b) ? -1 : 1))
  if (output === 'name') {
    for (const { plural, group: of } of sorted) console.log(of === '' ? plural : `${plural}.${of}`)
    return 0
  }
  const wide = output === 'wide'
  const rows = sorted.map((kind) => [
    kind.plural,
    kind.shortNames.join(','),
    groupVersions(kind)[0]!,
    String(!(kind.clusterWide ?? false)),
    kind.kind,
    ...(wide ? [verbsOf(kind).join(','), kind.categories.join(',')] : []),
  ])
  const titles = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])]
  console.log(columns(typed.on('no-headers') ? undefined : titles, rows))
  return 0
}

const verbsOf = ({ runs }: KnownKind) => (runs ? ['get', 'list', 'watch'] : ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'])

/** `auth can-i VERB TYPE`: always yes for a user of this machine. */
export async function canI(typed: Typed): Promise<number> {
  const [verb, type] = typed.words
  if (typed.on('list')) throw new CliError('error: the mesh has no roles: it takes every command of this machine')
  if (verb === undefined || type === undefined || typed.words.length > 3)
    throw new CliError('error: you must specify two arguments: verb resource or verb resource/resourceName.')
  const [word = ''] = type.split('/')
  const known = verb.startsWith('/') || word === '*' || (await here()).some((kind) => isNamed(word, kind))
  if (!known) console.error(`Warning: the server doesn't have a resource type '${word}'\n`)
  if (!typed.on('quiet')) console.log('yes')
  return 0
}
