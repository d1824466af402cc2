/** Verbs that change what is applied, or say what a change would be: diff, replace; files by URL and by kustomization. */
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { portOf } from './helpers/lab.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

const k8s = fileURLToPath(new URL('../../../k8s/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'bookinfo-changes-'))
const rule = (weight: number) => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http: [{route: [{destination: {host: reviews, subset: v1}, weight: ${weight}}, {destination: {host: reviews, subset: v3}, weight: ${100 - weight}}]}]
`

let small: SmallMesh
beforeAll(async () => {
  small = await startSmallMesh()
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await small.stop()
})
beforeEach(() => {
  for (const object of small.mesh.rules.objects)
    if (object.name !== 'bookinfo' && object.name !== 'bookinfo-gateway') small.mesh.rules.delete(object)
  small.mesh.rules.apply([
    {
      file: 'subsets.yaml',
      text: `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec: {host: reviews, subsets: [{name: v1, labels: {version: v1}}, {name: v3, labels: {version: v3}}]}
`,
    },
  ])
})

const bookinfo = (...args: string[]) => small.bookinfo(args)
const apply = (text: string) => small.mesh.rules.apply([{ file: 'test.yaml', text }])
const applied = () => small.mesh.rules.objects.find(({ kind, name }) => kind === 'VirtualService' && name === 'reviews')?.raw

/** A PATH that has only these programs. */
function pathWith(programs: Record<string, string>): string {
  const bin = mkdtempSync(join(folder, 'bin-'))
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  return bin
}

test('diff: 1 and a unified diff for what would change, 0 and nothing for what would not', async () => {
  apply(rule(90))
  const { code, stdout, stderr } = await small.bookinfo(['diff', '-f', '-'], rule(80))
  expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
  expect(stdout).toMatch(/^diff -u -N \S+LIVE-\S+\/networking\.istio\.io\.v1\.VirtualService\.default\.reviews \S+MERGED-/)
  expect(stdout.match(/^[-+] .*/gm)).toEqual([
    expect.stringMatching(/^- +weight: 90$/),
    expect.stringMatching(/^\+ +weight: 80$/),
    expect.stringMatching(/^- +weight: 10$/),
    expect.stringMatching(/^\+ +weight: 20$/),
  ])
  expect(await small.bookinfo(['diff', '-f', '-'], rule(90))).toEqual({ code: 0, stdout: '', stderr: '' })
  expect(applied()).toMatchObject({ spec: { http: [{ route: [{ weight: 90 }, { weight: 10 }] }] } })
})

test('diff: the same without a diff on PATH', async () => {
  apply(rule(90))
  const { code, stdout } = await small.bookinfo(['diff', '-f', '-'], rule(80), { PATH: pathWith({}) })
  expect(code).toBe(1)
  expect(stdout).toMatch(/^--- \S+LIVE-\S+\n\+\+\+ \S+MERGED-\S+\n@@ -\d+,\d+ \+\d+,\d+ @@\n/)
  expect(stdout).toMatch(/^\+ +weight: 80$/m)
})

test('diff: a new object is all added; KUBECTL_EXTERNAL_DIFF is asked with its options', async () => {
  expect((await small.bookinfo(['diff', '-f', '-'], rule(80))).stdout).toMatch(/^\+kind: VirtualService$/m)
  const PATH = pathWith({ mydiff: 'echo "$1 $2 $(/bin/ls $4)"; exit 3' })
  expect(await small.bookinfo(['diff', '-f', '-'], rule(80), { PATH, KUBECTL_EXTERNAL_DIFF: 'mydiff -a --b=c $(x)' })).toEqual({
    code: 3,
    stdout: '-a --b=c networking.istio.io.v1.VirtualService.default.reviews\n',
    stderr: '',
  })
})

test.each([
  [['diff', '-f', 'nowhere.yaml'], {}, 'error: the path "nowhere.yaml" does not exist\n'],
  [['diff', '-f', '-'], { KUBECTL_EXTERNAL_DIFF: 'nodiff' }, 'error: executable nodiff, of KUBECTL_EXTERNAL_DIFF, is not on PATH\n'],
])('%j is 2, not 1, when it cannot be found out', async (args, env, stderr) => {
  expect(await small.bookinfo(args, rule(80), env)).toEqual({ code: 2, stdout: '', stderr })
})

test('replace takes what is there, and nothing when one is not', async () => {
  expect(await small.bookinfo(['replace', '-f', '-'], rule(70))).toEqual({
    code: 1,
    stdout: '',
    stderr: 'Error from server (NotFound): error when replacing "STDIN": virtualservices.networking.istio.io "reviews" not found\n',
  })
  apply(rule(90))
  const [there, missing] = [join(folder, 'there.yaml'), join(folder, 'missing.yaml')]
  writeFileSync(there, rule(80))
  writeFileSync(missing, rule(80).replace('name: reviews', 'name: other'))
  expect(await small.bookinfo(['replace', '-f', there, '-f', missing])).toEqual({
    code: 1,
    stdout: '',
    stderr: `Error from server (NotFound): error when replacing "${missing}": virtualservices.networking.istio.io "other" not found\n`,
  })
  expect(await small.bookinfo(['replace', '-f', '-', '--dry-run=server'], rule(70))).toMatchObject({
    code: 0,
    stdout: 'virtualservice.networking.istio.io/reviews replaced (server dry run)\n',
  })
  expect(await small.bookinfo(['replace', '-f', '-'], rule(70))).toMatchObject({
    code: 0,
    stdout: 'virtualservice.networking.istio.io/reviews replaced\n',
  })
  expect(applied()).toMatchObject({ spec: { http: [{ route: [{ weight: 70 }, { weight: 30 }] }] } })
})

test('apply -f URL: this command fetches it, and messages name it', async () => {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    asked.push(request.url)
    if (request.url === '/rules.yaml') response.end(rule(60))
    else if (request.url === '/bad.yaml')
      response.end('apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: odd}\nspec: {hots: []}\n')
    else response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${portOf(server)}`
  expect(await bookinfo('apply', '-f', `${base}/rules.yaml`)).toMatchObject({
    code: 0,
    stdout: 'virtualservice.networking.istio.io/reviews created\n',
  })
  expect((await bookinfo('apply', '-f', `${base}/bad.yaml`)).stderr).toContain(
    `error: ${base}/bad.yaml#1 VirtualService default/odd spec.hots: `,
  )
  expect(await bookinfo('apply', '-f', `${base}/nothing.yaml`)).toEqual({
    code: 1,
    stdout: '',
    stderr: `error: unable to read URL "${base}/nothing.yaml": server reported 404 Not Found, status code=404\n`,
  })
  expect(await bookinfo('delete', '-f', `${base}/rules.yaml`)).toMatchObject({
    code: 0,
    stdout: 'virtualservice.networking.istio.io "reviews" deleted\n',
  })
  server.close()
  expect(asked).toEqual(['/rules.yaml', '/bad.yaml', '/nothing.yaml', '/rules.yaml'])
})

test('apply -k: by the kubectl or kustomize on PATH, else refused with the command to pipe', async () => {
  const built = join(folder, 'built.yaml')
  writeFileSync(built, rule(50))
  const byKubectl = pathWith({ kubectl: `[ "$1 $2" = "kustomize some/dir" ] && exec /bin/cat '${built}'` })
  expect(await small.bookinfo(['apply', '-k', 'some/dir'], '', { PATH: byKubectl })).toMatchObject({
    code: 0,
    stdout: 'virtualservice.networking.istio.io/reviews created\n',
  })
  const byKustomize = pathWith({ kustomize: `[ "$1 $2" = "build some/dir" ] && exec /bin/cat '${built}'` })
  expect(await small.bookinfo(['delete', '-k', 'some/dir'], '', { PATH: byKustomize })).toMatchObject({
    code: 0,
    stdout: 'virtualservice.networking.istio.io "reviews" deleted\n',
  })
  expect(await small.bookinfo(['apply', '-k', 'some/dir'], '', { PATH: pathWith({}) })).toEqual({
    code: 1,
    stdout: '',
    stderr:
      'error: -k needs kubectl or kustomize on PATH, and neither is there: build where one is, and pipe: kubectl kustomize some/dir | bookinfo apply -f -\n',
  })
  const failing = pathWith({ kubectl: 'echo "error: no kustomization there" >&2; exit 1' })
  expect(await small.bookinfo(['apply', '-k', 'some/dir'], '', { PATH: failing })).toEqual({
    code: 1,
    stdout: '',
    stderr: 'error: no kustomization there\n',
  })
  expect((await bookinfo('apply', '-k', 'some/dir', '-f', k8s)).stderr).toContain("only one of '-f' or '-k' can be specified")
})

describe('patch', () => {
  beforeEach(() => void apply(rule(90)))

  test('merge and json change parts of a rule; without a change it says so', async () => {
    expect(await bookinfo('patch', 'vs', 'reviews', '--type=merge', '-p', '{"metadata":{"labels":{"team":"books"}}}')).toMatchObject({
      code: 0,
      stdout: 'virtualservice.networking.istio.io/reviews patched\n',
    })
    const weights =
      '[{"op":"test","path":"/spec/http/0/route/0/weight","value":90},{"op":"replace","path":"/spec/http/0/route/0/weight","value":80},{"op":"replace","path":"/spec/http/0/route/1/weight","value":20}]'
    expect((await bookinfo('patch', 'vs/reviews', '--type=json', '-p', weights)).code).toBe(0)
    expect(applied()).toMatchObject({
      metadata: { labels: { team: 'books' } },
      spec: { http: [{ route: [{ weight: 80 }, { weight: 20 }] }] },
    })
    expect(await bookinfo('patch', 'vs/reviews', '--type=merge', '-p', 'metadata: {labels: {team: books}}')).toMatchObject({
      code: 0,
      stdout: 'virtualservice.networking.istio.io/reviews patched (no change)\n',
    })
  })

  test('a file, a dry run, and the object in another format', async () => {
    const file = join(folder, 'patch.yaml')
    writeFileSync(file, 'spec: {hosts: [details]}\n')
    expect((await bookinfo('patch', 'vs', 'reviews', '--type=merge', '--patch-file', file, '--dry-run=server')).stdout).toBe(
      'virtualservice.networking.istio.io/reviews patched (server dry run)\n',
    )
    const { stdout } = await bookinfo(
      'patch',
      'vs',
      'reviews',
      '--type=merge',
      '--patch-file',
      file,
      '--dry-run=server',
      '-o',
      'jsonpath={.spec.hosts}',
    )
    expect(stdout).toBe('["details"]')
    expect(applied()).toMatchObject({ spec: { hosts: ['reviews'] } })
  })

  test("the number of a deployment's pods", async () => {
    expect(await bookinfo('patch', 'deploy', 'reviews-v3', '-p', '{"spec":{"replicas":2}}')).toMatchObject({
      code: 0,
      stdout: 'deployment.apps/reviews-v3 patched\n',
    })
    expect(small.mesh.fleet.wanted(small.mesh.fleet.workload('reviews-v3')!).replicas).toBe(2)
    expect((await bookinfo('patch', 'deploy', 'reviews-v3', '-p', '{"spec":{"replicas":2}}')).stdout).toBe(
      'deployment.apps/reviews-v3 patched (no change)\n',
    )
    await bookinfo('scale', 'deploy/reviews-v3', '--replicas=1')
  })

  test('what cannot be patched is refused in one line', async () => {
    const refused: [string[], string][] = [
      [
        ['vs', 'reviews', '-p', '{}'],
        'error: application/strategic-merge-patch+json is not supported by networking.istio.io/v1, Kind=VirtualService: ',
      ],
      [
        ['vs', 'missing', '--type=merge', '-p', '{}'],
        'Error from server (NotFound): virtualservices.networking.istio.io "missing" not found\n',
      ],
      [['vs', 'reviews', '--type=merge'], 'error: must specify --patch or --patch-file containing the contents of the patch\n'],
      [['vs', 'reviews', '--type=odd', '-p', '{}'], 'error: --type must be one of [json merge strategic], not "odd"\n'],
      [['vs', 'reviews', '--type=merge', '-p', '{'], 'error: unable to parse "{": '],
      [
        ['vs', 'reviews', '--type=merge', '--patch-file', 'nowhere'],
        'error: unable to read patch file: the path "nowhere" does not exist\n',
      ],
      [
        ['vs', 'reviews', '--type=json', '-p', '[{"op":"test","path":"/kind","value":"x"}]'],
        'error: operation 0: test of /kind failed: it has another value\n',
      ],
      [
        ['vs', 'reviews', '--type=merge', '-p', '{"metadata":{"name":"other"}}'],
        'error: the name of the object (other) does not match the name on the URL (reviews)\n',
      ],
      [
        ['vs', 'reviews', '--type=merge', '-p', '{"spec":{"hots":[]}}'],
        'error: patch#1 VirtualService default/reviews spec.hots: is not a field of this kind',
      ],
      [
        ['deploy', 'reviews-v3', '-p', '{"spec":{"template":{}}}'],
        'error: deployments.apps "reviews-v3" cannot be patched so: of what runs only spec.replicas',
      ],
      [['vs', '--type=merge', '-p', '{}'], 'error: resource(s) were provided, but no name was specified\n'],
    ]
    const answers = await small.type(refused.map(([args]) => ['patch', ...args]))
    for (const [i, [, start]] of refused.entries()) {
      const { code, stdout, stderr } = answers[i]!
      expect({ code, stdout, stderr: stderr.slice(0, start.length) }).toEqual({ code: 1, stdout: '', stderr: start })
    }
    expect(applied()).toMatchObject({ metadata: { name: 'reviews' }, spec: { hosts: ['reviews'] } })
  })
})

describe('edit', () => {
  beforeEach(() => void apply(rule(90)))

  /** Runs `edit vs reviews` with an editor that is this script; $1 is the file. */
  const edit = (script: string) => {
    const editor = join(folder, 'editor')
    writeFileSync(editor, `#!/bin/sh\n${script}\n`)
    chmodSync(editor, 0o755)
    return small.bookinfo(['edit', 'vs', 'reviews'], '', { KUBE_EDITOR: editor })
  }

  test('what is saved is applied', async () => {
    expect(await edit(`sed -i 's/weight: 90/weight: 75/; s/weight: 10/weight: 25/' "$1"`)).toMatchObject({
      code: 0,
      stdout: 'virtualservice.networking.istio.io/reviews edited\n',
    })
    expect(applied()).toMatchObject({ spec: { http: [{ route: [{ weight: 75 }, { weight: 25 }] }] } })
  })

  test('nothing changed, and an empty file, are cancelled', async () => {
    expect(await edit('true')).toEqual({ code: 0, stdout: '', stderr: 'Edit cancelled, no changes made.\n' })
    expect(await edit('echo "# only a comment" > "$1"')).toEqual({ code: 0, stdout: '', stderr: 'Edit cancelled, saved file was empty.\n' })
  })

  test('what is not valid is opened again with the reasons as comments', async () => {
    const script = `
      if grep -q '^# error: .*hots' "$1"; then sed -i '/^#/d; s/hots:/hosts:/; s/weight: 90/weight: 55/; s/weight: 10/weight: 45/' "$1"
      else sed -i 's/hosts:/hots:/' "$1"; fi`
    expect(await edit(script)).toMatchObject({ code: 0, stdout: 'virtualservice.networking.istio.io/reviews edited\n' })
    expect(applied()).toMatchObject({ spec: { http: [{ route: [{ weight: 55 }, { weight: 45 }] }] } })
  })

  test('left as it is, invalid: cancelled, and the copy is kept', async () => {
    const { code, stderr } = await edit(`sed -i 's/hosts:/hots:/' "$1"`)
    expect(code).toBe(1)
    const [, copy] =
      /^A copy of your changes has been stored to "(.*)"\nerror: Edit cancelled, no valid changes were saved\.\n$/.exec(stderr) ?? []
    expect(readFileSync(copy!, 'utf8')).toContain('hots:')
    rmSync(dirname(copy!), { recursive: true })
  })

  test('another name, an editor that fails, and what is not a rule are refused', async () => {
    expect((await edit(`grep -q '^# error: At least' "$1" && exit 1; sed -i 's/name: reviews$/name: other/' "$1"`)).stderr).toMatch(
      /^error: there was a problem with the editor ".*editor"\n$/,
    )
    expect((await small.bookinfo(['edit', 'vs', 'reviews'], '', { KUBE_EDITOR: 'no-such-editor' })).stderr).toContain(
      'error: unable to launch the editor "no-such-editor"',
    )
    expect((await bookinfo('edit', 'deploy', 'reviews-v3')).stderr).toMatch(
      /^error: deployment.apps\/reviews-v3 is a running object and cannot be edited/,
    )
  })
})

describe('annotate and label', () => {
  beforeEach(() => void apply(rule(90)))

  test('annotations of a rule are set, listed, kept and taken away', async () => {
    const answers = await small.type([
      ['annotate', 'vs', 'reviews', 'team=books', 'note=a=b'],
      ['annotate', 'vs', 'reviews', '--list'],
      ['annotate', 'vs', 'reviews', 'team=others'],
      ['annotate', 'vs', 'reviews', 'team=others', '--overwrite'],
      ['annotate', 'vs/reviews', 'team-'],
      ['annotate', 'vs', 'reviews'],
      ['annotate', 'vs', 'reviews', 'x=1', 'x-'],
    ])
    expect(answers.map(({ code, stdout, stderr }) => [code, stdout, stderr.replaceAll(/^Warning.*\n/gm, '')])).toEqual([
      [0, 'virtualservice.networking.istio.io/reviews annotated\n', ''],
      [0, 'note=a=b\nteam=books\n', ''],
      [1, '', "error: --overwrite is false but found the following declared annotation(s): 'team' already has a value (books)\n"],
      [0, 'virtualservice.networking.istio.io/reviews annotated\n', ''],
      [0, 'virtualservice.networking.istio.io/reviews annotated\n', ''],
      [1, '', 'error: at least one annotation update is required\n'],
      [1, '', 'error: can not both modify and remove the following annotation(s) in the same command: x\n'],
    ])
    expect(applied()).toMatchObject({ metadata: { annotations: { note: 'a=b' } } })
    expect((applied() as { metadata: { annotations: object } }).metadata.annotations).not.toHaveProperty('team')
  })

  test('labels of a rule, by which it is found', async () => {
    const answers = await small.type([
      ['label', 'vs', 'reviews', 'team=books'],
      ['label', 'vs', 'reviews', 'team=books'],
      ['get', 'vs', '-l', 'team=books', '-o', 'name'],
      ['label', 'vs', '-l', 'team=books', 'team-'],
      ['label', 'vs', 'reviews', 'team-'],
      ['label', 'deploy', 'reviews-v1', 'a=b'],
    ])
    expect(answers.map(({ code, stdout, stderr }) => [code, stdout + stderr.replaceAll(/^Warning.*\n/gm, '')])).toEqual([
      [0, 'virtualservice.networking.istio.io/reviews labeled\n'],
      [0, 'virtualservice.networking.istio.io/reviews not labeled\n'],
      [0, 'virtualservice.networking.istio.io/reviews\n'],
      [0, 'virtualservice.networking.istio.io/reviews unlabeled\n'],
      [0, 'label "team" not found.\nvirtualservice.networking.istio.io/reviews not labeled\n'],
      [
        1,
        "error: the labels of deployment.apps/reviews-v1 are the mesh's own: those of rules change, and labels of pods: bookinfo label pod NAME\n",
      ],
    ])
  })

  test('labels of pods, by name, by labels and by workload', async () => {
    const pod = small.mesh.fleet.of('ratings-v1')[0]!.pod.name
    const answers = await small.type([
      ['label', 'pod', 'ratings-v1', 'colour=green'],
      ['label', 'pod', '-l', 'app=ratings', 'colour=red'],
      ['label', `pod/${pod}`, 'colour=red', '--overwrite'],
      ['label', 'pods', '--all', 'colour-'],
    ])
    expect(answers.map(({ code, stdout, stderr }) => [code, stdout + stderr]).slice(0, 3)).toEqual([
      [0, `pod/${pod} labeled\n`],
      [1, "error: 'colour' already has a value (green), and --overwrite is false\n"],
      [0, `pod/${pod} labeled\n`],
    ])
    expect(small.mesh.fleet.of('ratings-v1')[0]!.labels).not.toHaveProperty('colour')
  })
})

describe('wait', () => {
  test('for conditions of what runs, a value, and what is gone or comes', async () => {
    apply(rule(90))
    const pod = small.mesh.fleet.of('details-v1')[0]!.pod.name
    const answers = await small.type([
      ['wait', '--for=condition=Ready', `pod/${pod}`],
      ['wait', '--for=condition=available', 'deployment/reviews-v1', '--timeout=10s'],
      ['wait', '--for=jsonpath={.spec.hosts[0]}=reviews', 'vs/reviews'],
      ['wait', '--for=jsonpath={.metadata.name}', 'vs/reviews'],
      ['wait', '--for=delete', 'vs/missing'],
      ['wait', '--for=create', 'vs/reviews'],
      ['wait', '--for=condition=Ready=false', `pod/${pod}`, '--timeout=0'],
      ['wait', '--for=condition=Ready', 'vs/missing'],
      ['wait', '--for=condition=Ready', 'vs', '-l', 'a=b'],
      ['wait', '--for=odd', 'vs/reviews'],
      ['wait', '--for=jsonpath={.a}=', 'vs/reviews'],
    ])
    expect(answers.map(({ code, stdout, stderr }) => [code, stdout + stderr])).toEqual([
      [0, `pod/${pod} condition met\n`],
      [0, 'deployment.apps/reviews-v1 condition met\n'],
      [0, 'virtualservice.networking.istio.io/reviews condition met\n'],
      [0, 'virtualservice.networking.istio.io/reviews condition met\n'],
      [0, ''],
      [0, 'virtualservice.networking.istio.io/reviews condition met\n'],
      [1, `error: timed out waiting for the condition on pods/${pod}\n`],
      [1, 'Error from server (NotFound): virtualservices.networking.istio.io "missing" not found\n'],
      [1, 'error: no matching resources found\n'],
      [1, 'error: unrecognized condition: "odd"\n'],
      [1, "error: jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3\n"],
    ])
  })

  test('goes on until it is so', async () => {
    const created = bookinfo('wait', '--for=create', 'vs/reviews', '--timeout=60s')
    await new Promise((resolve) => setTimeout(resolve, 300))
    apply(rule(90))
    expect(await created).toMatchObject({ code: 0, stdout: 'virtualservice.networking.istio.io/reviews condition met\n' })
    const gone = bookinfo('wait', '--for=delete', 'vs/reviews', '--timeout=60s')
    await new Promise((resolve) => setTimeout(resolve, 300))
    await bookinfo('delete', 'vs', 'reviews')
    expect((await gone).code).toBe(0)
  })
})
