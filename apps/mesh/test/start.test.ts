/** `npm start` as a user meets it: its own process, its words, its end. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { eventually } from '@bookinfo/tools/eventually'
import { knownEnv } from '@bookinfo/tools/known-env'
import { freeHundred } from '@bookinfo/tools/service-process'
import { afterEach, expect, test } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
const root = fileURLToPath(new URL('../../../', import.meta.url))
const running: ChildProcess[] = []

function start(env: Record<string, string>, args: string[] = []) {
  const ports = { GATEWAY_PORT: '0', CONSOLE_PORT: '0', ZIPKIN_PORT: '0' }
  const child = spawn(process.execPath, [main, ...args], { env: knownEnv({ ...ports, ...env }), stdio: ['ignore', 'pipe', 'pipe'] })
  running.push(child)
  return child
}

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

const exit = (child: ChildProcess) => new Promise<number | null>((resolve) => child.once('close', resolve))

/** What `child` has written since the last call, once it contains `words`. */
function said(child: ChildProcess, words: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let all = ''
    const look = (chunk: string) => {
      all += chunk
      if (!words.test(all)) return
      child.stdout!.off('data', look)
      resolve(all)
    }
    child.stdout!.setEncoding('utf8').on('data', look)
    child.once('close', () => reject(new Error(`ended without ${words}: ${all}`)))
  })
}

/** A mesh that starts no workload: much quicker, where the workloads are not what a test is about. */
const startAlone = ({
  workloads = 'productpage-v1=localhost:1',
  env = {},
  args = [],
}: {
  workloads?: string
  env?: Record<string, string>
  args?: string[]
}) =>
  // Some of these ports may be another program's: then others.
  eventually(async () => {
    const outbound = await freeHundred()
    const child = start({ WORKLOADS: workloads, OUTBOUND_PORT: String(outbound), ...env }, args)
    return { child, outbound, all: await said(child, /Ctrl-C/) }
  })

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Children of a process, as the kernel knows them. */
async function childrenOf(pid: number): Promise<number[]> {
  const { readFile } = await import('node:fs/promises')
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return list.trim().split(' ').filter(Boolean).map(Number)
}

test('says what is up and where the page is, plainly where there is no terminal; SIGTERM leaves no process', async () => {
  const child = start({})
  const all = await said(child, /Ctrl-C/)
  expect(all).toMatch(/reviews-v2 +reviews-v2-[a-z0-9]+-[a-z0-9]{5}/)
  const [, page] = /(http:\/\/localhost:\d+\/productpage)/.exec(all)!
  expect(all).not.toContain('\u001b[')
  expect((await fetch(page!)).status).toBe(200)
  const pods = await childrenOf(child.pid!)
  expect(pods).toHaveLength(6)
  child.kill('SIGTERM')
  expect(await exit(child)).toBe(0)
  expect(pods.filter(alive)).toEqual([])
})

test('the command in the banner works as the first one: every version is known, and the whole page is there', async () => {
  const child = start({})
  const all = await said(child, /Ctrl-C/)
  const [, command] = /Rules +npx bookinfo (.*)/.exec(all)!
  const [, console] = /Console +http:\/\/localhost:(\d+)/.exec(all)!
  const typed = spawn(process.execPath, [cli, ...command!.split(' ')], { cwd: root, env: knownEnv({ CONSOLE_PORT: console! }) })
  const [code, complaint] = await Promise.all([exit(typed), text(typed.stderr)])
  expect({ code, complaint }).toEqual({ code: 0, complaint: '' })
  const [, page] = /(http:\/\/localhost:\d+\/productpage)/.exec(all)!
  // A starved machine may be late with a part of a page: the next one has it.
  await eventually(async () => {
    const html = await (await fetch(page!)).text()
    expect(html).toContain('reviews-v1-')
    expect(html).not.toContain('currently unavailable')
  })
})

test('a mesh that cannot be announced runs, and says how it is found', async () => {
  const all = await said(start({ TMPDIR: main }), /Ctrl-C/)
  const [, port] = /Console +http:\/\/localhost:(\d+)/.exec(all)!
  expect(all).toMatch(new RegExp(`npx bookinfo cannot find this mesh by itself \\(.*\\): set CONSOLE_PORT=${port} for it\n`))
})

test('Ctrl-C in the middle of the start leaves no process and no complaint', async () => {
  const child = start({})
  const printed = Promise.all([text(child.stdout), text(child.stderr)])
  const closed = exit(child)
  let pods: number[] = []
  await expect.poll(async () => (pods = await childrenOf(child.pid!)).length, { interval: 5 }).toBeGreaterThan(0)
  child.kill('SIGINT')
  await closed
  expect(await printed).toEqual(['', ''])
  await expect.poll(() => pods.filter(alive)).toEqual([])
})

test('pods end by themselves when the mesh is killed without a chance to stop them', async () => {
  const child = start({})
  await said(child, /Ctrl-C/)
  const pods = await childrenOf(child.pid!)
  child.kill('SIGKILL')
  await expect.poll(() => pods.filter(alive)).toEqual([])
})

test('what was applied is there again after a restart with --state', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-state-'))
  const objects = async ({ all }: { all: string }) => {
    const [, address] = /Console +(http:\/\/localhost:\d+)/.exec(all)!
    return { address, names: ((await (await fetch(`${address}/api/objects`)).json()) as { name: string }[]).map(({ name }) => name) }
  }
  const first = await startAlone({ args: ['--state', folder] })
  const { address, names } = await objects(first)
  expect(names).toEqual(['bookinfo-gateway', 'bookinfo'])
  await fetch(`${address}/api/objects/virtualservice/default/bookinfo`, { method: 'DELETE' })
  first.child.kill('SIGKILL')
  await exit(first.child)
  const second = await startAlone({ args: ['--state', folder] })
  expect((await objects(second)).names).toEqual(['bookinfo-gateway'])
  rmSync(folder, { recursive: true })
})

test.each([
  ['nothing', '', 'cannot read'],
  ['half a file', '{', 'cannot read'],
  ['another JSON', '{}', 'is not a file that a mesh saved: remove it to start without saved rules'],
  ['null', 'null', 'is not a file that a mesh saved: remove it to start without saved rules'],
])('a state that holds %s is one line', async (_name, content, words) => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-state-'))
  writeFileSync(join(folder, 'rules.json'), content)
  const child = start({}, ['--state', folder])
  const [code, stderr] = await Promise.all([exit(child), text(child.stderr)])
  rmSync(folder, { recursive: true })
  expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, lines: 1 })
  expect(stderr).toContain('bookinfo: --state: ')
  expect(stderr).toContain(words)
})

test('a state folder that is a file is one line', async () => {
  const child = start({}, ['--state', join(main, 'state')])
  const [code, stderr] = await Promise.all([exit(child), text(child.stderr)])
  expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 1, lines: 1 })
  expect(stderr).toContain(`--state: cannot use ${main}/state as a folder: ENOTDIR`)
})

test('a disk that takes no more is one line, where a new state cannot even be begun', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-state-'))
  // No file of this process may have a byte.
  const child = spawn('sh', ['-c', `ulimit -f 0; exec "$@"`, 'sh', process.execPath, main, '--state', folder], {
    env: knownEnv({ GATEWAY_PORT: '0', CONSOLE_PORT: '0', ZIPKIN_PORT: '0', TMPDIR: folder }),
  })
  running.push(child)
  const [code, stderr] = await Promise.all([exit(child), text(child.stderr)])
  rmSync(folder, { recursive: true })
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `bookinfo: --state: cannot save ${folder}/rules.json: EFBIG: file too large, write\n`,
  })
})

test('--access-log shows each request in the form of Envoy', async () => {
  const productpage = createHttpServer((_request, response) => response.end('the page')).listen(0, '127.0.0.1')
  await once(productpage, 'listening')
  const { port } = productpage.address() as AddressInfo
  const { child, all } = await startAlone({ workloads: `productpage-v1=127.0.0.1:${port}`, args: ['--access-log'] })
  const [, page] = /(http:\/\/localhost:\d+\/productpage)/.exec(all)!
  const [, console] = /Console +(http:\S+)/.exec(all)!
  await expect.poll(async () => (await (await fetch(`${console}/api/status`)).json()).workloads[0].pods[0].phase).toBe('ready')
  const line = said(child, /GET \/productpage/)
  await fetch(page!, { headers: { 'user-agent': 'a "quoted" agent' } })
  const words = await line
  productpage.close()
  productpage.closeAllConnections()
  expect(words).toMatch(
    /\[\d{4}-\d\d-\d\dT[\d:.]+Z\] "GET \/productpage HTTP\/1\.1" 200 - 0 \d+ \d+ \d+ "127\.0\.0\.1" "a \\"quoted\\" agent" "[0-9a-f-]{36}" "localhost:\d+" "127\.0\.0\.1:\d+"/,
  )
})

test('with WORKLOADS it starts none, and says at which ports they call each other', async () => {
  const { child, outbound, all } = await startAlone({ workloads: 'productpage-v1=localhost:1,reviews-v2=localhost:2' })
  expect(all).toMatch(
    new RegExp(`productpage-v1 +localhost:1 +details ${outbound + 1}, reviews ${outbound + 2}, ratings ${outbound + 3}, \\* ${outbound}\n`),
  )
  expect(all).toMatch(new RegExp(`reviews-v2 +localhost:2 +ratings ${outbound + 13}, \\* ${outbound + 10}\n`))
  expect(await childrenOf(child.pid!)).toEqual([])
  const [, console] = /Console +(http:\S+)/.exec(all)!
  await expect.poll(async () => (await (await fetch(`${console}/api/status`)).json()).workloads[0].pods[0].phase).toBe('waiting')
  child.kill('SIGTERM')
  expect(await exit(child)).toBe(0)
})

test.each(['GATEWAY_PORT', 'CONSOLE_PORT', 'ZIPKIN_PORT'])('a taken %s is one line that names the variable', async (variable) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as AddressInfo
  const child = start({ [variable]: String(port) })
  const [code, stderr] = await Promise.all([exit(child), text(child.stderr)])
  taken.close()
  expect(code).toBe(1)
  expect(stderr).toBe(`bookinfo: ${variable} ${port} is taken: stop what listens there, or set ${variable} to a free port\n`)
})

test.each([
  [{ GATEWAY_PORT: 'http' }, 'GATEWAY_PORT is "http": expected a port from 0 to 65535'],
  [{ OTEL_TRACES_SAMPLER: 'sometimes' }, 'OTEL_TRACES_SAMPLER is "sometimes": expected'],
  [{ OTEL_TRACES_SAMPLER_ARG: '2' }, 'OTEL_TRACES_SAMPLER_ARG is "2": expected a number from 0 to 1'],
  [{ OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'zipkin' }, 'OTEL_EXPORTER_ZIPKIN_ENDPOINT is "zipkin": expected a URL'],
])('a variable that cannot be used is one line: %o', async (env, words) => {
  const child = start(env)
  const [code, stderr] = await Promise.all([exit(child), text(child.stderr)])
  expect(code).toBe(1)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(stderr).toContain(words)
})

test('--help tells the options and the environment', async () => {
  const child = start({}, ['--help'])
  const [code, help] = await Promise.all([exit(child), text(child.stdout)])
  expect(code).toBe(0)
  expect(help).toMatch(/--logs[^]*GATEWAY_PORT/)
})
