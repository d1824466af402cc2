/** Verbs that act on pods: exec, port-forward, logs, set env, rollout, top. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allReady } from '../src/ready.ts'
import { portOf } from './helpers/lab.ts'
import { startSmallMesh, type SmallMesh } from './helpers/small-mesh.ts'

let small: SmallMesh
beforeAll(async () => {
  small = await startSmallMesh()
})
afterAll(() => small.stop())

const bookinfo = (...args: string[]) => small.bookinfo(args)
/** One line that begins so. */
const oneLine = (start: string) => new RegExp(`^${start.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}[^\n]*\n$`)

/** Each command line fails without output, with a line that begins with the text, or with what the expression matches. */
async function expectRefusals(refused: readonly [args: readonly string[], stderr: string | RegExp][]) {
  expect(await small.type(refused.map(([args]) => args))).toEqual(
    refused.map(([, stderr]) => ({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(typeof stderr === 'string' ? oneLine(stderr) : stderr),
    })),
  )
}
const podOf = (workload: string) => small.mesh.fleet.of(workload).find(({ pod }) => pod.phase === 'ready')!.pod

/** Its lines, as they come. */
async function* linesOf(child: ReturnType<SmallMesh['start']>): AsyncGenerator<string> {
  for await (const line of createInterface({ input: child.stdout })) yield line
}

describe.each(['curl of the machine', 'built-in curl'])('exec with the %s', (which) => {
  const bin = mkdtempSync(join(tmpdir(), 'bookinfo-bin-'))
  afterAll(() => rmSync(bin, { recursive: true }))
  // A machine without curl has a shell all the same.
  if (which === 'built-in curl') symlinkSync('/bin/sh', join(bin, 'sh'))
  const exec = (...args: string[]) => small.bookinfo(['exec', ...args], '', which === 'built-in curl' ? { PATH: bin } : {})

  test("a call has the pod's identity, and goes where its rules say", async () => {
    const { code, stdout, stderr } = await exec('deploy/reviews-v2', '--', 'curl', '-sS', 'ratings:9080/ratings/0')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const answer = JSON.parse(stdout) as { pod: string; path: string; headers: Record<string, string> }
    expect(answer).toMatchObject({ pod: podOf('ratings-v1').name, path: '/ratings/0' })
    expect(answer.headers['x-forwarded-client-cert']).toContain('URI=spiffe://cluster.local/ns/default/sa/bookinfo-reviews')
    expect(answer.headers).toMatchObject({ host: 'ratings:9080', 'user-agent': expect.stringMatching(/^curl\//) })
    expect(Object.keys(answer.headers)).not.toContain('proxy-connection')
  })

  test('the whole name of a service, a header and a body arrive', async () => {
    const { stdout } = await exec(
      podOf('productpage-v1').name,
      '-c',
      'productpage',
      '--',
      'curl',
      '-s',
      '-H',
      'end-user: jason',
      '-d',
      'a=b',
      'http://details.default.svc.cluster.local:9080/details/0',
    )
    expect(JSON.parse(stdout)).toMatchObject({ pod: podOf('details-v1').name, headers: { 'end-user': 'jason', 'content-length': '3' } })
  })

  test('localhost is the pod itself, past its proxy', async () => {
    const { stdout } = await exec('deploy/reviews-v3', '--', 'curl', '-s', 'http://localhost:9080/me')
    const answer = JSON.parse(stdout) as { pod: string; headers: object }
    expect(answer.pod).toBe(podOf('reviews-v3').name)
    expect(Object.keys(answer.headers)).not.toContain('x-request-id')
  })

  test('a host that is not in the mesh is answered by the proxy', async () => {
    small.mesh.rules.setMesh({ outboundTrafficPolicy: 'REGISTRY_ONLY' })
    const { code, stdout } = await exec(
      'deploy/reviews-v2',
      '--',
      'curl',
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}\\n',
      'http://nowhere.example/',
    )
    small.mesh.rules.setMesh({ outboundTrafficPolicy: 'ALLOW_ANY' })
    expect({ code, stdout }).toEqual({ code: 0, stdout: '502\n' })
  })

  test('sh -c, with a pipe', async () => {
    const { code, stdout } = await exec('deploy/reviews-v2', '-it', '--', 'sh', '-c', 'curl -s ratings:9080/x; echo " $HOSTNAME"')
    expect(code).toBe(0)
    expect(stdout).toMatch(new RegExp(`^\\{"pod":"${podOf('ratings-v1').name}".*\\} ${podOf('reviews-v2').name}\n$`))
  })

  test("curl's exit code is the command's", async () => {
    expect(await exec('deploy/reviews-v2', '--', 'curl', '-sS', 'http://localhost:1/')).toMatchObject({
      code: 7,
      stderr: expect.stringMatching(/^curl: \(7\) .*\ncommand terminated with exit code 7\n$/s),
    })
    expect(await exec('deploy/reviews-v2', '--', 'curl', '-sf', '--nothing-like-this', 'ratings:9080')).toMatchObject({ code: 2 })
  })
})

test("env is the pod's own environment", async () => {
  const { code, stdout } = await bookinfo('exec', 'deploy/reviews-v2', '--', 'env')
  expect(code).toBe(0)
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(['STAR_COLOR=black', `HOSTNAME=${podOf('reviews-v2').name}`]))
  expect(await bookinfo('exec', 'deploy/reviews-v2', '--', 'printenv', 'STAR_COLOR')).toEqual({ code: 0, stdout: 'black\n', stderr: '' })
  expect(await bookinfo('exec', 'deploy/reviews-v2', '--', 'printenv', 'NOT_THERE')).toMatchObject({ code: 1, stdout: '' })
})

const refusedByExec: [string[], string][] = [
  [
    ['deploy/reviews-v2', '--', 'ls', '/'],
    'error: ls / is not run: a pod of the local mesh is a process of this machine, without its own file system: it takes curl, env, printenv, and sh -c',
  ],
  [['deploy/reviews-v2', '--', 'sh'], 'error: sh is not run: '],
  [['deploy/reviews-v2', '--', 'sh', '-c', 'rm x'], 'error: sh -c rm x is not run: '],
  [['deploy/reviews-v2'], 'error: you must specify at least one command for the container'],
  [['--', 'curl'], 'error: pod, type/name or --filename must be specified'],
  [['deploy/reviews-v2', 'curl', 'x'], 'error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead'],
  [['deploy/reviews-v9', '--', 'curl'], 'Error from server (NotFound): deployments.apps "reviews-v9" not found'],
  [['missing', '--', 'curl'], 'Error from server (NotFound): pods "missing" not found'],
  [['-n', 'other', 'deploy/reviews-v2', '--', 'curl'], 'Error from server (NotFound): deployments.apps "reviews-v2" not found'],
  [['svc/missing', '--', 'curl'], 'Error from server (NotFound): services "missing" not found'],
  [['deploy/reviews-v2', '-c', 'istio-proxy', '--', 'curl'], 'error: the proxy of reviews-v2'],
  [
    ['deploy/reviews-v2', '-c', 'nothing', '--', 'curl'],
    'Error from server (BadRequest): container nothing is not valid for pod reviews-v2',
  ],
  [['-n', 'istio-system', 'deploy/istio-ingressgateway', '--', 'curl'], 'error: the gateway is a part of the mesh and runs no commands'],
]
test('exec refuses what it cannot do, in one line', async () => {
  await expectRefusals(refusedByExec.map(([args, start]) => [['exec', ...args], start]))
})

describe('port-forward', () => {
  test('leads to a pod past its proxy until it is interrupted', async () => {
    const child = small.start(['port-forward', 'svc/details', ':9080'])
    const lines = linesOf(child)
    const [, port] = /^Forwarding from 127\.0\.0\.1:(\d+) -> 9080$/.exec((await lines.next()).value as string) ?? []
    const answer = (await (await fetch(`http://127.0.0.1:${port}/details/0`)).json()) as { pod: string; headers: object }
    expect(answer.pod).toBe(podOf('details-v1').name)
    expect(Object.keys(answer.headers)).not.toContain('x-request-id')
    child.kill('SIGINT')
    expect(await once(child, 'close')).toEqual([0, null])
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed')
  })

  test("leads to the gateway by its service's port", async () => {
    const child = small.start(['port-forward', '-n', 'istio-system', 'svc/istio-ingressgateway', ':80'])
    const [, port] = /:(\d+) -> 80$/.exec((await linesOf(child).next()).value as string) ?? []
    const answer = await fetch(`http://127.0.0.1:${port}/productpage`)
    expect(answer.headers.get('server')).toBe('istio-envoy')
    await answer.text()
    child.kill('SIGTERM')
    await once(child, 'close')
  })

  test('ends when the pod is gone, with 1', async () => {
    const child = small.start(['port-forward', 'deploy/ratings-v1', ':9080'])
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += String(chunk)))
    const { name } = podOf('ratings-v1')
    await linesOf(child).next()
    await small.mesh.fleet.restart(small.mesh.fleet.workload('ratings-v1')!)
    expect(await once(child, 'close')).toEqual([1, null])
    expect(stderr).toBe(`error: lost connection to pod ${name}\n`)
  })

  test('a port that is taken is said so', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const port = portOf(taken as never)
    const { code, stderr } = await bookinfo('port-forward', 'deploy/details-v1', `${port}:9080`, '--address', '127.0.0.1')
    taken.close()
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `error: unable to listen on port ${port}: it is taken by another program; choose another one, such as :9080 for any free one\n`,
    })
  })

  const refused: [string[], string | RegExp][] = [
    [['deploy/details-v1'], 'error: TYPE/NAME and list of ports are required for port-forward'],
    [[], 'error: TYPE/NAME and list of ports are required for port-forward'],
    [['svc/details', '8000:80'], 'error: Service details does not have a service port 80: it has 9080'],
    [['svc/details', 'a:9080'], 'error: invalid port format "a:9080": expected [LOCAL:]REMOTE, such as 8080:9080'],
    [['svc/details', '9080', '--address', 'nowhere'], 'error: nowhere is not a valid IP'],
    [
      ['-n', 'istio-system', 'svc/istio-ingressgateway', ':443'],
      'error: the gateway does not speak TLS now: apply a Gateway that has a server with protocol HTTPS',
    ],
  ]
  test('it refuses what cannot be', async () => {
    await expectRefusals(refused.map(([args, stderr]) => [['port-forward', ...args], stderr]))
  })
})

describe('logs', () => {
  test('a pod, a workload and labels', async () => {
    const { name } = podOf('reviews-v1')
    const lines = [
      ['logs', name],
      ['logs', 'deploy/reviews-v1', '--prefix'],
      ['logs', '-l', 'app=nothing'],
      ['logs', name, '--since', '1ms'],
      ['logs', name, '--since-time', '2020-01-01T00:00:00Z'],
      ['logs', name, '--limit-bytes', '7'],
      ['logs', '-l', 'app=reviews,version!=v1', '--prefix'],
      ['logs', name, '--timestamps'],
    ]
    const answers = await small.type(lines)
    expect(answers.slice(0, 6).map(({ code, stdout, stderr }) => `${code} ${stdout}${stderr}`)).toEqual([
      `0 ${name} listens\n`,
      `0 [pod/${name}/reviews] ${name} listens\n`,
      '0 No resources found in default namespace.\n',
      '0 ',
      `0 ${name} listens\n`,
      `0 ${name.slice(0, 7)}`,
    ])
    expect(answers[6]!.stdout.match(/^\[pod\/reviews-v\d/gm)).toHaveLength(2)
    expect(answers[7]!.stdout).toMatch(/^\d{4}-\d\d-\d\dT\S+Z \S+ listens\n$/)
  })

  test('-c istio-proxy and --all-containers have the access log', async () => {
    await bookinfo('exec', 'deploy/reviews-v1', '--', 'curl', '-s', 'ratings:9080/logged')
    expect((await bookinfo('logs', 'deploy/reviews-v1', '-c', 'istio-proxy')).stdout).toContain('"GET /logged HTTP/1.1" 200')
    const both = await bookinfo('logs', 'deploy/reviews-v1', '--all-containers')
    expect(both.stdout).toMatch(/^reviews-v1\S+ listens\n\[.*"GET \/logged/s)
  })

  test('-f goes on with what the pod writes, and ends with its process; -p has it then', async () => {
    const { pod } = small.mesh.fleet.of('reviews-v1')[0]!
    const child = small.start(['logs', '-f', 'deploy/reviews-v1', '-c', 'istio-proxy', '--tail', '0'])
    await once(child, 'spawn')
    let asked = 0
    const lines = linesOf(child)
    const calls = setInterval(
      () => void fetch(`http://127.0.0.1:${small.mesh.outbound.get('reviews-v1')!.get('ratings')}/followed-${asked++}`),
      100,
    )
    expect((await lines.next()).value).toContain('"GET /followed-')
    clearInterval(calls)
    child.kill()
    const own = small.start(['logs', '-f', pod.name])
    const ownLines = linesOf(own)
    expect((await ownLines.next()).value).toBe(`${pod.name} listens`)
    pod.kill()
    expect(await once(own, 'close')).toEqual([0, null])
    await allReady(small.mesh.fleet)
    expect((await bookinfo('logs', '-p', pod.name)).stdout).toBe(`${pod.name} listens\n`)
  })

  const refused: [string[], string | RegExp][] = [
    [
      ['logs'],
      /^error: expected 'logs \[-f\] \[-p\] \(POD \| TYPE\/NAME\) \[-c CONTAINER\]'\.\nPOD or TYPE\/NAME is a required argument for the logs command\n$/,
    ],
    [['logs', 'missing'], 'error: error from server (NotFound): pods "missing" not found in namespace "default"'],
    [['logs', 'reviews-v3', '-c', 'nothing'], /^error: container nothing is not valid for pod reviews-v3\S+\n$/],
    [['logs', 'reviews-v3', '-p'], /^error: previous terminated container "reviews" in pod "reviews-v3\S+" not found\n$/],
    [['logs', '-l', 'app=reviews', 'reviews-v3'], 'error: only a selector (-l) or a POD name is allowed'],
    [['logs', '-l', '='], /^error: unable to parse requirement/],
    [
      ['logs', '-f', '-l', 'app', '--max-log-requests', '2'],
      'error: you are attempting to follow 6 log streams, but maximum allowed concurrency is 2, use --max-log-requests to increase the limit',
    ],
  ]
  test('it refuses what cannot be', async () => {
    await expectRefusals(refused)
  })
})

describe('set env and rollout', () => {
  test('a variable is set, listed, and taken away; rollout status waits for the pods', async () => {
    expect(await bookinfo('set', 'env', 'deploy/reviews-v2', 'STAR_COLOR=blue')).toEqual({
      code: 0,
      stdout: 'deployment.apps/reviews-v2 env updated\n',
      stderr: '',
    })
    const status = await bookinfo('rollout', 'status', 'deployment/reviews-v2')
    expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/(^|\n)deployment "reviews-v2" successfully rolled out\n$/) })
    expect((await bookinfo('set', 'env', 'deployment', 'reviews-v2', '--list')).stdout).toBe(
      '# deployments/reviews-v2, container reviews\nSERVICE_VERSION=v2\nENABLE_RATINGS=true\nSTAR_COLOR=blue\n',
    )
    const { stdout } = await bookinfo('exec', 'deploy/reviews-v2', '--', 'printenv', 'STAR_COLOR')
    expect(stdout).toBe('blue\n')
    await small.bookinfo(['set', 'env', 'deploy/reviews-v2', '-e', '-'], '# from a file\nLOG_LEVEL=info\n')
    expect((await bookinfo('set', 'env', 'deploy/reviews-v2', 'STAR_COLOR-', 'FLOOD_FACTOR=')).code).toBe(0)
    expect((await bookinfo('set', 'env', 'deploy/reviews-v2', '--list')).stdout).toBe(
      '# deployments/reviews-v2, container reviews\nSERVICE_VERSION=v2\nENABLE_RATINGS=true\nLOG_LEVEL=info\nFLOOD_FACTOR=\n',
    )
  })

  test('rollout status says where a rollout stands, and a limit ends it', async () => {
    await bookinfo('set', 'env', 'deploy/details-v1', 'SMALL_WORKLOAD=broken')
    expect(await bookinfo('rollout', 'status', 'deploy/details-v1', '--timeout=200ms')).toEqual({
      code: 1,
      stdout: 'Waiting for deployment "details-v1" rollout to finish: 1 old replicas are pending termination...\n',
      stderr: 'error: timed out waiting for the condition\n',
    })
    expect((await bookinfo('rollout', 'status', 'deploy/details-v1', '--watch=false')).code).toBe(0)
    await bookinfo('set', 'env', 'deploy/details-v1', 'SMALL_WORKLOAD-')
    expect((await bookinfo('rollout', 'status', 'deploy/details-v1')).code).toBe(0)
  })

  test('rollout restart, by name, by labels', async () => {
    const before = podOf('reviews-v3').name
    expect(await bookinfo('rollout', 'restart', 'deployment/reviews-v3')).toMatchObject({
      code: 0,
      stdout: 'deployment.apps/reviews-v3 restarted\n',
    })
    await bookinfo('rollout', 'status', 'deployment/reviews-v3')
    expect(podOf('reviews-v3').name).not.toBe(before)
    expect((await bookinfo('rollout', 'restart', 'deploy', '-l', 'app=ratings')).stdout).toBe('deployment.apps/ratings-v1 restarted\n')
    expect((await bookinfo('rollout', 'status', 'deploy', '-l', 'app=ratings')).code).toBe(0)
  })

  const refused: [string[], string | RegExp][] = [
    [
      ['set', 'env', 'deploy/reviews-v2', 'PORT=1'],
      'error: PORT is set by the mesh itself, which connects the pods by it: give it to npm start',
    ],
    [
      ['set', 'env', 'deploy/reviews-v2', 'NODE_OPTIONS=--inspect'],
      'error: NODE_OPTIONS is read by Node or the system before the workload starts: give it to npm start',
    ],
    [['set', 'env', 'deploy/reviews-v2'], 'error: at least one environment variable must be provided'],
    [['set', 'env', 'A=b'], 'error: one or more resources must be specified as <resource> <name> or <resource>/<name>'],
    [['set', 'env', 'deploy/reviews-v9', 'A=b'], 'Error from server (NotFound): deployments.apps "reviews-v9" not found'],
    [['set', 'env', 'pod/x', 'A=b'], 'error: pods "x" set env is not supported: only deployments, the workloads of Bookinfo, are'],
    [
      ['set', 'env', 'deploy/reviews-v2', 'SERVICE_VERSION=v9', '--overwrite=false'],
      "error: deployments/reviews-v2: 'SERVICE_VERSION' already has a value (v2), and --overwrite is false",
    ],
    [['rollout', 'status', 'deploy/reviews-v9'], 'Error from server (NotFound): deployments.apps "reviews-v9" not found'],
    [
      ['rollout', 'undo', 'deploy/reviews-v2'],
      'error: bookinfo rollout undo is not supported: a rollout cannot be undone: set the earlier variables with: bookinfo set env',
    ],
  ]
  test('they refuse what cannot be', async () => {
    await expectRefusals(refused)
  })
})

test('top pod has CPU and memory of every pod', async () => {
  const { code, stdout } = await bookinfo('top', 'pods', '-l', 'app=reviews', '--sort-by=memory')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^NAME +CPU\(cores\) +MEMORY\(bytes\)\n(reviews-v\S+ +\d+m +[1-9]\d*Mi\n){3}$/)
  expect(await bookinfo('top', 'pod', 'missing')).toMatchObject({
    code: 1,
    stderr: 'Error from server (NotFound): pods "missing" not found\n',
  })
})
