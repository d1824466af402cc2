/** The same command lines, typed for kubectl on a real cluster and for `bookinfo` on the local mesh: the same columns, words, streams and exit codes, but for what docs/cli.md lists. */
import { knownEnv } from '@bookinfo/tools/known-env'
import { meshCli, startMesh, type RunningMesh } from '@bookinfo/tools/mesh-process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createNamespace, deleteNamespace, namespace, root } from './support/cluster.ts'

const space = 'bookinfo-kubectl'
const folder = mkdtempSync(join(tmpdir(), 'bookinfo-kubectl-'))
const objects = join(folder, 'objects.yaml')
const changed = join(folder, 'changed.yaml')
const rules = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
  labels: {team: books}
spec:
  hosts: [reviews]
  http:
  - route:
    - destination: {host: reviews, subset: v1}
      weight: 90
    - destination: {host: reviews, subset: v3}
      weight: 10
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec:
  host: reviews
  subsets: [{name: v1, labels: {version: v1}}, {name: v3, labels: {version: v3}}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ext}
spec: {hosts: [www.example.com], location: MESH_EXTERNAL, resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw}
spec: {selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["a.example"]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: strict}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: allow}
spec: {action: ALLOW, rules: [{to: [{operation: {paths: ["/yes"]}}]}]}
`

let mesh: RunningMesh
beforeAll(async () => {
  writeFileSync(objects, rules)
  writeFileSync(changed, rules.replace('weight: 90', 'weight: 80').replace('weight: 10', 'weight: 20'))
  await createNamespace(space)
  mesh = await startMesh()
})
afterAll(async () => {
  await mesh?.stop()
  await deleteNamespace(space)
  rmSync(folder, { recursive: true })
})

interface Typed {
  code: number | null
  stdout: string
  stderr: string
}

async function type(program: string, args: readonly string[], env: Record<string, string> = {}): Promise<Typed> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: knownEnv({ KUBE_EDITOR: 'true', ...env }) })
  const [[code], stdout, stderr] = await Promise.all([
    once(child, 'close') as Promise<[number | null]>,
    textOf(child.stdout),
    textOf(child.stderr),
  ])
  return { code, stdout, stderr }
}

/** Where kubectl finds its cluster, and keeps what it knows of it. */
const ofCluster = Object.fromEntries(['HOME', 'KUBECONFIG'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
const kubectl = (words: readonly string[]) => type('kubectl', words, ofCluster)
const bookinfo = (words: readonly string[]) => type(process.execPath, [meshCli, ...words], { CONSOLE_PORT: new URL(mesh.console).port })

/** What is passed over, by its name in docs/cli.md. */
const passedOver: Readonly<Record<string, (said: Typed) => Typed>> = {
  'metadata that a server adds': both((text) =>
    text
      .replaceAll(/^ +annotations:\n +kubectl\.kubernetes\.io\/last-applied-configuration: .*\n(?: {6}\{.*\n)?/gm, '')
      .replaceAll(/^ +"annotations": \{\n +"kubectl\.kubernetes\.io\/last-applied-configuration": .*\n +\},\n/gm, '')
      .replaceAll(/^[ +-]* "?resourceVersion"?: .*\n/gm, (line) => (line.includes('""') ? line : ''))
      .replaceAll(/^ +Resource Version: .*\n/gm, ''),
  ),
  warnings: ({ code, stdout, stderr }) => ({ code, stdout, stderr: stderr.replaceAll(/^(?:Warning|Note): .*\n/gm, '') }),
  'a status from a controller, or a default': both((text) =>
    text
      .replaceAll(/^Status:\n(?:  .*\n)+/gm, '')
      .replaceAll(/^status:\n(?:[ -].*\n)+/gm, '')
      .replaceAll(/,\n {4}"status": \{\n(?: {8}.*\n)+ {4}\}/g, ''),
  ),
  'go-templates': both((text) => text.replace('go-template,go-template-file,', '').replace('template,templatefile,', '')),
  'events of describe': both((text) => text.replaceAll(/^Events:(?: +<none>\n|\n(?:  .*\n)+)/gm, '')),
}

function both(change: (text: string) => string) {
  return ({ code, stdout, stderr }: Typed): Typed => ({ code, stdout: change(stdout), stderr: change(stderr) })
}

/** Times, and what has another name in every run. */
const unlike = both((text) =>
  text
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
    .replaceAll(/\d{4}-\d\d-\d\d [\d:.]+ [+-]\d{4}$/gm, 'TIME')
    .replaceAll(/(?<= )(?:\d+[smhdy])+(?=\s|$)/g, 'AGE')
    .replaceAll(/AGE +(?=\S)/g, 'AGE ')
    .replaceAll(/\S*\/(LIVE|MERGED)-\w+/g, '$1')
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'UID'),
)

test('every verb and flag of this kubectl is known to bookinfo', async () => {
  const script = join(root, '../apps/mesh/e2e/support/kubectl-verbs.ts')
  const verbs = JSON.parse((await type(process.execPath, [script, '--print'])).stdout) as Record<string, string[]>
  const known = JSON.parse(readFileSync(join(root, '../apps/mesh/test/helpers/kubectl-verbs.json'), 'utf8')) as Record<string, string[]>
  const all = (table: Record<string, string[]>) =>
    Object.entries(table).flatMap(([verb, flags]) => [verb, ...flags.map((flag) => `${verb} --${flag}`)])
  // Else: node apps/mesh/e2e/support/kubectl-verbs.ts, and give the new ones a place in apps/mesh/src/cli/verbs.
  expect(all(verbs).filter((each) => !all(known).includes(each))).toEqual([])
})

/** Types one line for both, and compares what came of it. */
async function same(line: string, ...differences: (keyof typeof passedOver)[]) {
  const words = line.split(' ').map((word) => word.replace('{objects}', objects).replace('{changed}', changed))
  const place = ['-n', space]
  const [real, local] = [await kubectl([...words, ...place]), await bookinfo([...words, ...place])]
  const seen = (said: Typed) => unlike([...differences, 'warnings'].reduce((now, name) => passedOver[name]!(now), said))
  expect.soft({ line, ...seen(local) }).toEqual({ line, ...seen(real) })
}

/** The lines that differ, without those around them: a server's metadata are among these. */
async function sameChanges(line: string) {
  const words = [...line.split(' ').map((word) => word.replace('{changed}', changed)), '-n', space]
  const changes = ({ code, stdout }: Typed) => ({
    code,
    lines: unlike({ code, stdout, stderr: '' })
      .stdout.split('\n')
      .filter((each) => /^(diff |[-+])/.test(each) && !/^[-+] +generation: /.test(each)),
  })
  expect.soft({ line, ...changes(await bookinfo(words)) }).toEqual({ line, ...changes(await kubectl(words)) })
}

const page = readFileSync(join(root, '../docs/cli.md'), 'utf8')

test('what is passed over is listed in docs/cli.md', () => {
  for (const name of Object.keys(passedOver)) expect(page).toContain(`| ${name} |`)
})

test('apply: dry runs, created, unchanged, configured', async () => {
  await same('get vs')
  await same('apply -f {objects} --dry-run=client')
  await same('apply -f {objects} --dry-run=server')
  await same('apply -f {objects}')
  await same('apply -f {objects}')
  await same('diff -f {objects}')
  await sameChanges('diff -f {changed}')
  await same('apply -f {changed}')
  await same('replace -f {objects}')
  await same('create -f {objects}')
  await same('apply -f nowhere.yaml')
  await same('apply')
})

describe('after an apply', () => {
  test.each(['vs', 'dr', 'se', 'gw', 'pa', 'ap'])('get %s: the same columns and names', async (kind) => {
    for (const output of ['', ' -o wide', ' -o name', ' --show-labels', ' --no-headers', ' -L team']) await same(`get ${kind}${output}`)
  })

  test('get: by name, labels and formats', async () => {
    for (const line of [
      'get vs reviews',
      'get vs/reviews dr/reviews',
      'get vs,dr',
      'get vs -l team=books -o name',
      'get vs -l team!=books',
      'get vs reviews -o jsonpath={.spec.hosts[0]}',
      'get vs reviews -o jsonpath={.spec.http[*].route[*].weight}',
      'get vs -o custom-columns=NAME:.metadata.name,HOSTS:.spec.hosts',
      'get vs --sort-by=.metadata.name',
    ])
      await same(line)
    for (const kind of ['vs', 'dr', 'se', 'gw', 'pa', 'ap'])
      for (const format of ['yaml', 'json']) {
        const name = { vs: 'reviews', dr: 'reviews', se: 'ext', gw: 'gw', pa: 'strict', ap: 'allow' }[kind]
        await same(`get ${kind} ${name} -o ${format}`, 'metadata that a server adds', 'a status from a controller, or a default')
      }
    await same('get vs -o yaml', 'metadata that a server adds')
  })

  test('describe', async () => {
    for (const object of ['vs reviews', 'dr reviews', 'se ext', 'gw gw', 'pa strict', 'ap allow', 'vs'])
      await same(`describe ${object}`, 'metadata that a server adds', 'events of describe', 'a status from a controller, or a default')
  })

  test('what is not there, and what is not a kind', async () => {
    await same('get vs -o odd', 'go-templates')
    for (const line of [
      'get vs missing',
      'get vs missing --ignore-not-found',
      'get vs/reviews vs/missing',
      'get nothing',
      'get pods missing',
      'get deploy missing',
      'get svc missing',
      'get pods',
      'get deploy',
      'describe vs missing',
      'delete vs missing',
      'delete vs missing --ignore-not-found',
      'delete vs',
      'delete pod missing',
      'patch vs missing --type=merge -p {}',
      'annotate vs missing a=b',
      'label vs missing a=b',
      'edit vs missing',
      'wait vs/missing --for=condition=Ready',
      'wait vs/reviews --for=odd',
      'rollout status deploy/missing',
      'rollout restart deploy/missing',
      'scale deploy/missing --replicas=1',
      'set env deploy/missing A=b',
      'logs missing',
      'logs deploy/missing',
      'exec missing -- curl',
      'port-forward pod/missing 80',
    ]) {
      const [verb = '', ...rest] = line.split(' -- ')
      await (rest.length > 0 ? sameExec(verb, rest[0]!) : same(line))
    }
  })

  test('patch, annotate, label, wait and edit', async () => {
    for (const line of [
      'patch vs reviews --type=merge -p {"metadata":{"labels":{"tier":"web"}}}',
      'patch vs reviews --type=merge -p {"metadata":{"labels":{"tier":"web"}}}',
      'patch vs reviews --type=json -p [{"op":"remove","path":"/metadata/labels/tier"}]',
      'patch vs reviews --type=odd -p {}',
      'patch vs reviews --type=merge',
      'annotate vs reviews a=b',
      'annotate vs reviews a=b',
      'annotate vs reviews a=c',
      'annotate vs reviews a=c --overwrite',
      'annotate vs reviews a-',
      'annotate vs reviews',
      'annotate vs reviews a=1 a-',
      'label vs reviews a=b',
      'label vs reviews a=b',
      'label vs reviews a=c',
      'label vs reviews a-',
      // One label: kubectl lists several in any order.
      'label vs reviews --list',
      'label vs reviews a-',
      'label vs reviews a=1 a-',
      'wait vs/reviews --for=jsonpath={.spec.hosts[0]}=reviews',
      'wait vs/reviews --for=condition=Ready --timeout=1s',
      'wait vs/missing --for=create --timeout=1s',
      'wait vs/missing --for=delete',
      'wait vs -l x=y --for=condition=Ready',
      'edit vs reviews',
    ])
      await same(line)
  })

  test('delete: by name, by file, all', async () => {
    for (const line of [
      'delete vs reviews --dry-run=client',
      'delete vs reviews --dry-run=server',
      'delete vs reviews',
      'delete dr,se --all',
      'delete pa --all -o name',
      'delete -f {objects} --ignore-not-found',
      'delete -f {objects} --ignore-not-found',
      'delete vs --all',
    ])
      await same(line)
  })
})

/** With `-n` before the command of the pod. */
async function sameExec(line: string, command: string) {
  const words = [...line.split(' '), '-n', space, '--', ...command.split(' ')]
  const [real, local] = [await kubectl(words), await bookinfo(words)]
  expect.soft({ line, ...local }).toEqual({ line, ...real })
}

test('namespaces', async () => {
  const lines = [
    'create namespace made-here',
    'create namespace made-here',
    'create ns made-here-too --dry-run=client',
    'get ns made-here -o name',
    'delete ns made-here',
    'get ns made-here',
    'create ns Made_Here',
  ]
  for (const line of lines) {
    const words = line.split(' ')
    const [real, local] = [await kubectl(words), await bookinfo(words)]
    expect.soft({ line, ...unlike(local) }).toEqual({ line, ...unlike(real) })
  }
})

/** What runs: processes here, containers there. Their names, columns and words are the same; hashes and addresses are not. */
describe('what runs', () => {
  const columnsOf = ({ stdout }: Typed) =>
    stdout
      .split('\n', 1)[0]!
      .split(/ {2,}/)
      .map((title) => title.trim())
  const real = (...words: string[]) => kubectl([...words, '-n', namespace])

  test.each([['pods'], ['pods -o wide'], ['deploy'], ['svc'], ['svc -o wide'], ['endpoints'], ['sa'], ['pods --show-labels'], ['all']])(
    'get %s has the same columns',
    async (line) => {
      expect(columnsOf(await bookinfo(['get', ...line.split(' ')]))).toEqual(columnsOf(await real('get', ...line.split(' '))))
    },
  )

  test('deployments, services and accounts have the same names', async () => {
    for (const kind of ['deployments', 'services', 'serviceaccounts']) {
      const names = async (said: Promise<Typed>) => (await said).stdout.trimEnd().split('\n').toSorted()
      const ours = await names(bookinfo(['get', kind, '-o', 'name']))
      // A cluster has its own account, and the mesh has the Services of the versions.
      const theirs = (await names(real('get', kind, '-o', 'name'))).filter((name) => name !== 'serviceaccount/default')
      expect(ours).toEqual(expect.arrayContaining(theirs))
    }
  })

  test("tutorials' lines find what they look for", async () => {
    for (const path of ['{.items[0].metadata.labels.app}', '{.items[0].status.phase}', '{.items[0].spec.containers[0].name}']) {
      const words = ['get', 'pod', '-l', 'app=ratings', '-o', `jsonpath=${path}`]
      expect((await bookinfo(words)).stdout).toBe((await real(...words)).stdout)
    }
  })

  test('wait, rollout and scale say the same', async () => {
    for (const line of [
      'wait --for=condition=Available deployment/reviews-v1 --timeout=60s',
      'rollout status deployment/reviews-v1',
      'scale deployment/reviews-v1 --replicas=1',
      'scale deployment reviews-v1',
    ]) {
      const words = line.split(' ')
      const [local, remote] = [await bookinfo(words), await real(...words)]
      // kubectl reports a required flag through its log.
      const plain = remote.stderr.replace(/^E\d+ .* err="(.*)"\n$/, (_, message: string) => `error: ${message.replaceAll('\\"', '"')}\n`)
      expect.soft({ line, ...local }).toEqual({ line, ...remote, stderr: plain })
    }
  })

  test('exec: a call of a pod is answered as on a cluster', async () => {
    const words = ['exec', 'deploy/ratings-v1', '--', 'printenv', 'HOSTNAME']
    expect((await bookinfo(words)).stdout).toMatch(/^ratings-v1-[a-z0-9]+-[a-z0-9]{5}\n$/)
  })
})
