/** `get`, `describe`, `delete` and `create` over one list of objects: pods and rules alike, words and exit codes as kubectl's. */
import { knownEnv } from '@bookinfo/tools/known-env'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startCommands } from './helpers/commands.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

const k8s = fileURLToPath(new URL('../../../k8s/', import.meta.url))
const allV1 = `${k8s}networking/virtual-service-all-v1.yaml`
const subsets = `${k8s}networking/destination-rule-all.yaml`
const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

let small: SmallMesh
let commands: ReturnType<typeof startCommands>
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cli-objects-'))
  small = await startSmallMesh()
  commands = startCommands(new URL(small.addresses.console).port)
  small.mesh.rules.apply([{ file: 'rules.yaml', text: rules }])
})
afterAll(async () => {
  commands.stop()
  await small.stop()
  rmSync(folder, { recursive: true })
})

const rules = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, labels: {team: red}}
spec: {hosts: [reviews], http: [{route: [{destination: {host: reviews, subset: v1}}]}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec: {host: reviews, subsets: [{name: v1, labels: {version: v1}}]}
`

/** What is printed for words that are typed with blanks between them. */
const bookinfo = (line: string, input = '') => commands.bookinfo(line.split(' '), input)
const out = async (line: string) => (await bookinfo(line)).stdout
const podOf = (workload: string) => small.mesh.fleet.of(workload)[0]!.pod.name

test.each([
  ['get pods -l app=details', /^NAME +READY +STATUS +RESTARTS +AGE\ndetails-v1-\S+ +2\/2 +Running +0 +\S+\n$/],
  ['-n istio-system get pods', /^NAME .*\nistio-ingressgateway +1\/1 +Running +0 +\S+\n$/],
  ['get pods -A -l istio=ingressgateway', /^NAMESPACE +NAME .*\nistio-system +istio-ingressgateway /],
  ['get pods -l app=details -o wide', /AGE +IP +NODE +NOMINATED NODE +READINESS GATES\n.* 127\.0\.0\.1 +\S+ +<none> +<none>\n$/],
  ['get pods -l app=details --no-headers -L version --show-labels', /^details-v1-\S+ .* v1 +app=details,\S+\n$/],
  ['get deploy reviews-v2', /^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nreviews-v2 +1\/1 +1 +1 +\S+\n$/],
  ['get svc reviews', /^NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\nreviews +ClusterIP +None +<none> +9080\/TCP +\S+\n$/],
  ['get ns', /^NAME +STATUS +AGE\ndefault +Active +\S+\nistio-system +Active +\S+\n$/],
  ['get sa', /^NAME +SECRETS +AGE\nbookinfo-details +0 +\S+\nbookinfo-productpage /],
  ['get endpoints details', /^NAME +ENDPOINTS +AGE\ndetails +127\.0\.0\.1:\d+ +\S+\n$/],
  [
    'get vs,dr reviews',
    /^NAME +GATEWAYS +HOSTS +AGE\nvirtualservice\.networking\.istio\.io\/reviews +\["reviews"\] +\S+\n\nNAME +HOST +AGE\ndestinationrule\S*\/reviews +reviews +\S+\n$/,
  ],
  ['get vs reviews bookinfo', /^NAME .*\nreviews .*\nbookinfo +\["bookinfo-gateway"\] +\["\*"\] /],
  ['get vs/reviews dr/reviews -o name', /^virtualservice.networking.istio.io\/reviews\ndestinationrule.networking.istio.io\/reviews\n$/],
  ['get vs -l team=red -o name', /^virtualservice.networking.istio.io\/reviews\n$/],
  ['get gateways.networking.istio.io', /^NAME +AGE\nbookinfo-gateway +\S+\n$/],
  ['get all -l app=details -o name', /^pod\/details-v1-\S+\nservice\/details\nservice\/details-v1\ndeployment.apps\/details-v1\n$/],
  ['get pods --field-selector=status.phase!=Running -o name', /^$/],
  ['get pods -o jsonpath={.items[?(@.metadata.labels.version=="v3")].metadata.labels.app}', /^reviews$/],
  ['get deploy reviews-v2 -o jsonpath={.spec.template.spec.containers[*].name}', /^reviews istio-proxy$/],
  [
    'get pods -l app=reviews -o custom-columns=APP:.metadata.labels.app,X:.nope --sort-by=.metadata.name',
    /^APP +X\n(reviews +<none>\n){3}$/,
  ],
  ['get pods -l app=reviews --sort-by=.metadata.labels.version -o jsonpath={.items[*].metadata.labels.version}', /^v1 v2 v3$/],
])('%s', async (line, printed) => expect(await bookinfo(line)).toEqual({ code: 0, stdout: expect.stringMatching(printed), stderr: '' }))

test("the gateway's service has the addresses that tutorials look for", async () => {
  const svc = 'get svc istio-ingressgateway -n istio-system -o'
  const host = await out(`${svc} jsonpath={.status.loadBalancer.ingress[0].ip}`)
  const port = await out(`${svc} jsonpath={.spec.ports[?(@.name=="http2")].port}`)
  expect((await fetch(`http://${host}:${port}/productpage`)).status).toBe(200)
  expect(await out(`${svc} jsonpath={.spec.ports[?(@.name=='http2')].nodePort}`)).toBe(port)
  expect(await out('get po -l istio=ingressgateway -n istio-system -o jsonpath={.items[0].status.hostIP}')).toBe('127.0.0.1')
})

test.each([
  ['get pods x', 'Error from server (NotFound): pods "x" not found\n'],
  ['get pods x y', 'Error from server (NotFound): pods "x" not found\nError from server (NotFound): pods "y" not found\n'],
  ['get deploy/x -o json', 'Error from server (NotFound): deployments.apps "x" not found\n'],
  ['describe vs x', 'Error from server (NotFound): virtualservices.networking.istio.io "x" not found\n'],
  ['get pods x -A', 'error: a resource cannot be retrieved by name across all namespaces\n'],
  ['get pods x -l a=b', 'error: name cannot be provided when a selector is specified\n'],
  ['get pods -l a=', undefined],
  ['get a/b/c', 'error: arguments in resource/name form may not have more than one slash\n'],
  ['get pod/', 'error: arguments in resource/name form must have a single resource and name\n'],
  ['get nodes', 'error: the server doesn\'t have a resource type "nodes": the pods of the local mesh are processes of this machine\n'],
  ['get pvc', 'error: the server doesn\'t have a resource type "pvc": the local mesh configures its workloads by itself\n'],
  [
    'get pods -o go-template={{.x}}',
    'error: the output format "go-template" is not supported: go-templates are not supported; use -o jsonpath=TEMPLATE\n',
  ],
  ['get pods -o jsonpath', 'error: template format specified but no template given\n'],
  ['get pods -o custom-columns=NAME', 'error: unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>\n'],
  [
    'get pods -o jsonpath={.items[99].a}',
    /^error: error executing jsonpath "\{.items\[99\].a\}": Error executing template: array index out of bounds: index 99, length \d+\n$/,
  ],
  ['get pods --sort-by={.nope}', 'error: couldn\'t find any field with path "{.nope}" in the list of objects\n'],
  ['get pods --field-selector=nope=1', 'error: field label not supported: nope\n'],
  ['get pods,vs -w', 'error: you may only specify a single resource type\n'],
  ['delete pods', 'error: resource(s) were provided, but no name was specified\n'],
  ['delete pods x --all', 'error: name cannot be provided when --all is specified\n'],
  [
    'delete deploy reviews-v2',
    /^Error from server \(Forbidden\): deployments\.apps "reviews-v2" is forbidden: .*bookinfo scale deployment NAME --replicas=0\n$/,
  ],
  ['delete svc reviews', /^Error from server \(Forbidden\): services "reviews" is forbidden: /],
  [
    'delete pod istio-ingressgateway -n istio-system',
    /^Error from server \(Forbidden\): pods "istio-ingressgateway" is forbidden: .*Ctrl-C/,
  ],
  ['delete vs x --grace-period=0', 'error: --grace-period must be 1 or more, or 0 with --force\n'],
  ['apply -f - --prune', /^error: --prune is not supported: .*bookinfo delete/],
  ['get pods --context=other', /^error: --context is not supported: .*CONSOLE_PORT/],
])('%s is refused in one line', async (line, stderr) => {
  if (stderr === undefined)
    return expect(await bookinfo(line)).toEqual({ code: 0, stdout: '', stderr: 'No resources found in default namespace.\n' })
  expect(await bookinfo(line)).toEqual({ code: 1, stdout: '', stderr: typeof stderr === 'string' ? stderr : expect.stringMatching(stderr) })
})

test('nothing found is not an error, and what is found is printed next to what is missing', async () => {
  expect(await bookinfo('get vs -n nowhere')).toEqual({ code: 0, stdout: '', stderr: 'No resources found in nowhere namespace.\n' })
  expect(await bookinfo('get sidecars -A')).toEqual({ code: 0, stdout: '', stderr: 'No resources found\n' })
  expect(await bookinfo('get vs nope --ignore-not-found')).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(JSON.parse(await out('get vs -n nowhere -o json'))).toEqual({
    apiVersion: 'v1',
    items: [],
    kind: 'List',
    metadata: { resourceVersion: '' },
  })
  expect(await bookinfo('get vs reviews nope -o name')).toEqual({
    code: 1,
    stdout: 'virtualservice.networking.istio.io/reviews\n',
    stderr: 'Error from server (NotFound): virtualservices.networking.istio.io "nope" not found\n',
  })
})

test('what get prints can be applied again, and changes nothing', async () => {
  const yaml = await out('get vs,dr -o yaml')
  const again = await bookinfo('apply -f -', yaml)
  expect(again.code).toBe(0)
  expect(again.stdout.split('\n').filter((line) => line !== '' && !line.endsWith(' unchanged'))).toEqual([])
  const file = join(folder, 'names.yaml')
  writeFileSync(file, 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: reviews}\n')
  expect(await out(`get -f ${file} -o name`)).toBe('virtualservice.networking.istio.io/reviews\n')
  expect(await out(`describe -f ${file}`)).toMatch(/^Name: +reviews\n/)
})

test('describe has the form of kubectl, with what happened and what is wrong', async () => {
  await bookinfo('apply -f -', rules.replace('subset: v1', 'subset: v9'))
  expect(await out('describe vs reviews')).toMatch(
    new RegExp(
      [
        'Name:         reviews',
        'Namespace:    default',
        'Labels:       team=red',
        'Annotations:  <none>',
        'API Version:  networking.istio.io/v1',
        'Kind:         VirtualService',
        'Metadata:',
        '  Creation Timestamp:  \\S+Z',
        '  Generation:          2',
        '  UID:                 \\S+',
        'Spec:',
        '  Hosts:',
        '    reviews',
        '  Http:',
        '    Route:',
        '      Destination:',
        '        Host:    reviews',
        '        Subset:  v9',
        'Events:',
        '  Type     Reason   Age +From  Message',
        '  ----     ------   ---- +----  -------',
        '  Normal   Applied  \\S+ +mesh  from STDIN, document 1',
        '  Warning  Rule     \\S+ +mesh  .*subset.*v9.*',
        '$',
      ].join('\n'),
    ),
  )
  await bookinfo('apply -f -', rules)
  const [pod, prefixed, without] = await Promise.all([
    out(`describe pod ${podOf('details-v1')}`),
    out('describe pods details'),
    out('describe pods details --show-events=false'),
  ])
  expect(pod).toMatch(/^Name: +details-v1-\S+\nNamespace: +default\nService Account: +bookinfo-details\n/)
  expect(pod).toMatch(/\nContainers:\n {2}details:\n {4}Port: +\d+\/TCP/)
  expect(pod).toMatch(/\nEvents: +<none>\n$/)
  expect(prefixed).toBe(pod)
  expect(without).not.toContain('Events:')
})

test('a pod that is deleted is gone when the command is over, and another takes its place', async () => {
  const before = podOf('details-v1')
  expect(await bookinfo(`delete pod ${before} --dry-run=client`)).toMatchObject({ code: 0, stdout: `pod "${before}" deleted (dry run)\n` })
  expect(await bookinfo(`delete pod/${before}`)).toEqual({ code: 0, stdout: `pod "${before}" deleted\n`, stderr: '' })
  const after = small.mesh.fleet.of('details-v1').map(({ pod }) => pod)
  expect(after).toHaveLength(1)
  expect(after[0]!.name).not.toBe(before)
  await expect.poll(() => after[0]!.phase).toBe('ready')
  expect(await bookinfo(`delete pod ${after[0]!.name} --force --grace-period=0`)).toMatchObject({
    code: 0,
    stdout: `pod "${after[0]!.name}" force deleted\n`,
  })
  await expect.poll(() => small.mesh.fleet.of('details-v1').map(({ pod }) => pod.phase)).toEqual(['ready'])
  expect(await out('delete pod -l app=details --now -o name')).toMatch(/^pod\/details-v1-\S+\n$/)
  await expect.poll(() => small.mesh.fleet.of('details-v1').map(({ pod }) => pod.phase)).toEqual(['ready'])
})

test('delete takes several names, labels, or all, and says what is missing', async () => {
  await commands.bookinfo(['apply', '-f', `${allV1},${subsets}`])
  expect(await bookinfo('delete vs details nope ratings')).toEqual({
    code: 1,
    stdout: 'virtualservice.networking.istio.io "details" deleted\nvirtualservice.networking.istio.io "ratings" deleted\n',
    stderr: 'Error from server (NotFound): virtualservices.networking.istio.io "nope" not found\n',
  })
  expect(await bookinfo('delete vs nope --ignore-not-found')).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(await bookinfo('delete vs -l team=none')).toEqual({ code: 0, stdout: 'No resources found\n', stderr: '' })
  expect(await out('delete dr --all -o name')).toBe(
    ['details', 'productpage', 'ratings', 'reviews'].map((name) => `destinationrule.networking.istio.io/${name}\n`).join(''),
  )
})

test('delete -f needs only names, also of objects that this mesh would refuse', async () => {
  await bookinfo('apply -f -', rules)
  const named = 'apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: reviews}\n'
  const refused = 'apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: x}\n'
  expect(await bookinfo('delete -f - --dry-run=server', named)).toMatchObject({
    code: 0,
    stdout: 'destinationrule.networking.istio.io "reviews" deleted (server dry run)\n',
  })
  expect(await bookinfo('delete -f -', `${named}---\n${refused}`)).toEqual({
    code: 1,
    stdout: 'destinationrule.networking.istio.io "reviews" deleted\n',
    stderr: expect.stringMatching(
      /^Error from server \(NotFound\): error when deleting "STDIN": envoyfilters\.networking\.istio\.io "x" not found\n/,
    ),
  })
  expect(await bookinfo('delete -f - --ignore-not-found', `${named}---\n${refused}`)).toMatchObject({ code: 0, stdout: '' })
})

test('create makes what is not there, and says what is', async () => {
  const two = rules.replaceAll('name: reviews', 'name: fresh')
  expect(await bookinfo('create -f - --dry-run=client', two)).toMatchObject({
    code: 0,
    stdout: 'virtualservice.networking.istio.io/fresh created (dry run)\ndestinationrule.networking.istio.io/fresh created (dry run)\n',
  })
  expect((await bookinfo('create -f - -o name', two)).stdout).toBe(
    'virtualservice.networking.istio.io/fresh\ndestinationrule.networking.istio.io/fresh\n',
  )
  expect(await bookinfo('create -f -', two)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining(
      'Error from server (AlreadyExists): error when creating "STDIN": virtualservices.networking.istio.io "fresh" already exists\n',
    ),
  })
  expect((await bookinfo('apply -f - --server-side -l team=red', two)).stdout).toBe(
    'virtualservice.networking.istio.io/fresh serverside-applied\n',
  )
  await bookinfo('delete vs/fresh dr/fresh')
})

test('a Secret is printed for another command, with what it holds, before any mesh is asked', async () => {
  writeFileSync(join(folder, 'a.txt'), 'one')
  writeFileSync(join(folder, 'env'), '# no value\nB=two\n')
  const made = `create secret generic s --from-file=${folder}/a.txt --from-file=k=${folder}/a.txt --from-env-file=${folder}/env --from-literal=c=x=1,2 -n team --dry-run=client -o`
  expect(JSON.parse(await out(`${made} json`))).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'team' },
    type: 'Opaque',
    data: { 'a.txt': 'b25l', k: 'b25l', B: 'dHdv', c: 'eD0xLDI=' },
  })
  expect(await out(`${made} jsonpath={.metadata.name}`)).toBe('s')
  expect(await bookinfo(`create secret generic s --from-literal=a=1 --from-literal=a=2`)).toMatchObject({
    code: 1,
    stderr: 'error: cannot add key a, another key by that name already exists in Data for Secret s\n',
  })
  expect(await bookinfo('create secret tls s --cert=nope --key=nope')).toMatchObject({
    code: 1,
    stderr: 'error: open nope: no such file or directory\n',
  })
})

test('who names a namespace means objects of that one', async () => {
  const elsewhere = rules.replace('metadata: {name: reviews}', 'metadata: {name: reviews, namespace: team}')
  const mismatch = `the namespace from the provided object "team" does not match the namespace "other". You must pass '--namespace=team' to perform this operation.`
  for (const verb of ['apply', 'create', 'delete', 'get']) {
    const { code, stdout, stderr } = await bookinfo(`${verb} -n other -f -`, elsewhere)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(`error: STDIN#2 DestinationRule team/reviews: ${mismatch}\n`)
  }
  expect((await bookinfo('apply -f - --dry-run=server', elsewhere)).code).toBe(0)
})

test('a namespace is an object, and what is in it goes with it', async () => {
  const made = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: team, labels: {shared: "true"}}\n'
  await bookinfo('apply -f -', `${made}---\n${rules.replaceAll('{name: reviews', '{namespace: team, name: reviews')}`)
  expect(await out('get ns -l shared=true')).toMatch(/^NAME +STATUS +AGE\nteam +Active +\S+\n$/)
  expect(await out('get ns team -o jsonpath={.metadata.labels.shared}{.metadata.namespace}')).toBe('true')
  expect(await out('get vs -n team -o name')).toBe('virtualservice.networking.istio.io/reviews\n')
  expect(await bookinfo('delete ns team')).toEqual({ code: 0, stdout: 'namespace "team" deleted\n', stderr: '' })
  expect((await bookinfo('get vs -n team')).stderr).toBe('No resources found in team namespace.\n')
  expect(await bookinfo('delete ns default')).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted\n',
  })
})

test('warnings can be errors', async () => {
  const wrong = rules.replace('subset: v1', 'subset: v9')
  expect((await bookinfo('apply -f - --dry-run=server', wrong)).code).toBe(0)
  const { code, stderr } = await bookinfo('apply -f - --dry-run=server --warnings-as-errors', wrong)
  expect(code).toBe(1)
  expect(stderr).toMatch(/\nerror: \d+ warnings? received\n$/)
})

test('a watch prints what changes', async () => {
  const child = spawn(process.execPath, [cli, 'get', 'dr', '-w', '--output-watch-events', '--no-headers'], {
    env: knownEnv({ CONSOLE_PORT: new URL(small.addresses.console).port }),
  })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  const events = () =>
    printed
      .split('\n')
      .filter((line) => line.includes(' watched '))
      .map((line) => line.split(' ')[0])
  const rule = (host: string) =>
    `apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: watched}\nspec: {host: ${host}}\n`
  const apply = (host: string) => small.mesh.rules.apply([{ file: 'x', text: rule(host) }])
  apply('reviews')
  await expect.poll(events).toEqual(['ADDED'])
  apply('ratings')
  await expect.poll(events).toEqual(['ADDED', 'MODIFIED'])
  small.mesh.rules.delete({ apiVersion: 'networking.istio.io/v1', kind: 'DestinationRule', namespace: 'default', name: 'watched' })
  await expect.poll(events).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
  child.kill()
})

test('a reader that has enough ends the command silently', async () => {
  const env = knownEnv({ CONSOLE_PORT: new URL(small.addresses.console).port })
  const child = spawn('sh', ['-c', `"${process.execPath}" "${cli}" get pods,svc,deploy,ep -A -o json | head -1`], { env })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  await new Promise((resolve) => child.once('close', resolve))
  expect(stderr).toBe('')
})
