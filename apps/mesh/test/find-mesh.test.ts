/** Which mesh `npx bookinfo` talks to, when there are several, and what is left of those that are gone. */
import { knownEnv } from '@bookinfo/tools/known-env'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const client = fileURLToPath(new URL('../src/cli/client.ts', import.meta.url))
const findMesh = fileURLToPath(new URL('../src/find-mesh.ts', import.meta.url))

let root: string
let servers: Server[]
let stops: (() => Promise<void>)[]
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'find-mesh-')))
  mkdirSync(join(root, 'tmp'))
  servers = []
  stops = []
})
afterEach(async () => {
  for (const stop of stops) await stop()
  for (const server of servers) server.close()
  rmSync(root, { recursive: true })
})

const env = (more: Record<string, string> = {}) => knownEnv({ TMPDIR: join(root, 'tmp'), ...more })

/** A folder below the test's own. */
function folder(name: string): string {
  mkdirSync(join(root, name), { recursive: true })
  return join(root, name)
}

/** Stands for a mesh's console: tells its name, whatever it is asked. */
async function consoleOf(name: string): Promise<number> {
  const server = createServer((_request, response) => response.end(JSON.stringify(name))).listen(0, '127.0.0.1')
  servers.push(server)
  await new Promise((resolve) => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

/** A process that is announced as a mesh of `where`; `kill` ends it without a chance to take that back. */
async function announce(where: string, port: number) {
  const script = `import { announceMesh } from ${JSON.stringify(findMesh)}; const back = announceMesh(${port}); process.on('SIGTERM', () => { back(); process.exit() }); setInterval(() => {}, 1000); console.log('announced')`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: where,
    env: env(),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const stop = async (signal: 'SIGTERM' | 'SIGKILL') => {
    child.kill(signal)
    await gone
  }
  stops.push(() => stop('SIGKILL'))
  return stop
}

/** Two calls of a command, typed in `where`. */
async function typed(where: string, more: Record<string, string> = {}) {
  const script = `import { ask } from ${JSON.stringify(client)}; await ask('GET', '/'); console.log(await ask('GET', '/'))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: where, env: env(more) })
  const code = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, said: stdout.trim(), stderr }
}

const traces = () => readdirSync(join(root, 'tmp')).flatMap((name) => readdirSync(join(root, 'tmp', name)))

test('of two meshes each folder has its own, below it too, and nothing is said of it', async () => {
  const [one, two] = [folder('one'), folder('two')]
  await announce(one, await consoleOf('first'))
  await announce(two, await consoleOf('second'))
  expect(await typed(one)).toEqual({ code: 0, said: 'first', stderr: '' })
  expect(await typed(two)).toEqual({ code: 0, said: 'second', stderr: '' })
  expect(await typed(folder('one/k8s/networking'))).toEqual({ code: 0, said: 'first', stderr: '' })
})

test('the nearest folder wins over one above it, and one whose name only begins the same is another', async () => {
  await announce(folder('one'), await consoleOf('outer'))
  await announce(folder('one/inner'), await consoleOf('inner'))
  expect((await typed(folder('one/inner/k8s'))).said).toBe('inner')
  const next = await typed(folder('one-more'))
  expect(next.stderr).toContain('no mesh was started in this folder')
})

test('elsewhere it is the last one that was started, and one line says which', async () => {
  const one = folder('one')
  const port = await consoleOf('first')
  await announce(one, port)
  const { code, said, stderr } = await typed(folder('elsewhere'))
  expect({ code, said }).toEqual({ code: 0, said: 'first' })
  expect(stderr).toBe(
    `Note: no mesh was started in this folder. This goes to the mesh of ${one}, localhost:${port}; CONSOLE_PORT names another one\n`,
  )
})

test('of two in one folder it is the last one, and one line says so', async () => {
  const one = folder('one')
  await announce(one, await consoleOf('first'))
  const port = await consoleOf('second')
  await announce(one, port)
  const { said, stderr } = await typed(one)
  expect(said).toBe('second')
  expect(stderr).toBe(
    `Note: 2 meshes were started in ${one}. This goes to the last one, localhost:${port}; CONSOLE_PORT names another one\n`,
  )
})

test('CONSOLE_PORT goes before all that is found, without a word', async () => {
  const one = folder('one')
  await announce(one, await consoleOf('first'))
  const port = await consoleOf('named')
  expect(await typed(one, { CONSOLE_PORT: String(port) })).toEqual({ code: 0, said: 'named', stderr: '' })
})

test('a mesh that was killed leaves a trace that leads nowhere and is swept by the next one', async () => {
  const one = folder('one')
  const kill = await announce(one, await consoleOf('killed'))
  await kill('SIGKILL')
  expect(traces()).toHaveLength(1)
  await announce(folder('two'), await consoleOf('alive'))
  expect(traces()).toHaveLength(1)
  expect((await typed(one)).said).toBe('alive')
})

test('a process whose port is not open is passed over', async () => {
  const one = folder('one')
  await announce(folder('two'), await consoleOf('alive'))
  await announce(one, 1)
  expect((await typed(one)).said).toBe('alive')
})

test('a mesh that ends takes its trace with it', async () => {
  const stop = await announce(folder('one'), await consoleOf('first'))
  await stop('SIGTERM')
  expect(traces()).toEqual([])
})

test.each(['', 'null', '[]', '{"pid":1}', '{"pid":"1","consolePort":1,"startedAt":1,"folder":"/"}', 'half a li'])(
  'a trace that cannot be read is passed over: %j',
  async (broken) => {
    const one = folder('one')
    await announce(one, await consoleOf('first'))
    const [inside] = readdirSync(join(root, 'tmp'))
    writeFileSync(join(root, 'tmp', inside!, '1.json'), broken)
    expect(await typed(one)).toEqual({ code: 0, said: 'first', stderr: '' })
  },
)

test('where nothing is found it asks at the default port, and needs no home folder', async () => {
  const { code, stderr } = await typed(folder('one'), { TMPDIR: join(root, 'none'), HOME: '/nonexistent' })
  // A mesh, or another program, may listen there on this machine.
  if (code !== 0) expect(stderr).toContain('localhost:20001')
  expect(stderr).not.toContain('Note:')
})
