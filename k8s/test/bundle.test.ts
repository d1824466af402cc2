/** The bundle of each app, which is what its image holds, runs as the sources do. */
import { apps, bundle } from '@bookinfo/tools/images-bundle'
import { knownEnv } from '@bookinfo/tools/known-env'
import { freeHundred } from '@bookinfo/tools/service-process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { root } from './manifests.ts'

/** Starts a bundle on a free port, asks it for `path`, ends it. */
async function ask(app: string, path: string, env: Record<string, string> = {}): Promise<{ status: number; exitCode: number | null }> {
  const child = spawn(process.execPath, [`${root}../dist/images/${app}/main.js`], {
    env: knownEnv({ PORT: '0', HOST: '127.0.0.1', DRAIN_DELAY_MS: '0', ...env }),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const address = await new Promise<string>((resolve, reject) => {
    let log = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      log += text
      const match = log.match(/listening at (http:[^"]+)"/)
      if (match) resolve(match[1] ?? '')
    })
    child.once('exit', () => reject(new Error(`${app} ended early: ${log}`)))
  })
  const { status } = await fetch(address + path)
  child.kill('SIGTERM')
  const [exitCode] = (await once(child, 'exit')) as [number | null]
  return { status, exitCode }
}

const made = new Map<string, Promise<number>>()

/** Bundles an app, once for all tests. */
function bundled(app: string): Promise<number> {
  const size = made.get(app) ?? bundle(app)
  made.set(app, size)
  return size
}

const paths = { productpage: '/productpage', details: '/details/0', reviews: '/reviews/0', ratings: '/ratings/0' }

test.each(apps)('%s answers and ends well', async (app) => {
  expect(await bundled(app)).toBeLessThan(5_000_000)
  expect(await ask(app, paths[app])).toEqual({ status: 200, exitCode: 0 })
})

test('the client of other services, which loads lazily, is part of the bundle', async () => {
  await bundled('productpage')
  const asked: (string | undefined)[] = []
  const details = createServer((request, answer) => {
    asked.push(request.url)
    answer.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void details.close())
  await once(details, 'listening')
  const port = String((details.address() as AddressInfo).port)
  await ask('productpage', '/productpage', { DETAILS_HOSTNAME: '127.0.0.1', DETAILS_SERVICE_PORT: port, REVIEWS_HOSTNAME: '127.0.0.1' })
  expect(asked).toEqual(['/details/0'])
})

test('tracing, which loads lazily, is part of the bundle', async () => {
  await bundled('details')
  const zipkin = { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_ZIPKIN_ENDPOINT: 'http://127.0.0.1:9/api/v2/spans' }
  expect(await ask('details', '/details/0', zipkin)).toEqual({ status: 200, exitCode: 0 })
})

test("the page's style sheet is part of the bundle", async () => {
  await bundled('productpage')
  expect(await ask('productpage', '/static/page.css')).toEqual({ status: 200, exitCode: 0 })
})

test.each([
  { DB_TYPE: 'mysql', MYSQL_DB_HOST: '127.0.0.1', MYSQL_DB_PORT: '9' },
  { DB_TYPE: 'mongodb', MONGO_DB_URL: 'mongodb://127.0.0.1:9/test' },
])('the driver of a database is part of the bundle: $DB_TYPE', async (database) => {
  await bundled('ratings')
  // 500: loaded, and nothing listens there.
  expect(await ask('ratings', '/ratings/0', { SERVICE_VERSION: 'v2', ...(database as Record<string, string>) })).toEqual({
    status: 500,
    exitCode: 0,
  })
})

/** A folder with nothing in it but what the mesh's image holds: no sources, no packages around it. */
async function meshAlone(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'bookinfo-image-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  expect(await bundled('mesh')).toBeLessThan(5_000_000)
  cpSync(`${root}../dist/images/mesh`, folder, { recursive: true })
  return folder
}

test('the mesh is one file of code, and routes, shows its console and has its rules wherever it is put', async () => {
  const folder = await meshAlone()
  expect(globSync('*.js', { cwd: folder })).toEqual(['main.js'])
  const outbound = String(await freeHundred())
  const env = { WORKLOADS: 'productpage-v1=localhost:1', OUTBOUND_PORT: outbound, GATEWAY_PORT: '0', CONSOLE_PORT: '0', ZIPKIN_PORT: '0' }
  const child = spawn(process.execPath, ['main.js'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  await expect.poll(() => said).toContain('Ctrl-C')
  const [, page = ''] = said.match(/Page +(http:\S+)/) ?? []
  const [, console = ''] = said.match(/Console +(http:\S+)/) ?? []
  // The starting rules are in force: there is a route, and no endpoint behind it.
  const answer = await fetch(page)
  expect([answer.status, await answer.text()]).toEqual([503, 'no healthy upstream'])
  for (const path of [
    '/',
    '/console/app.ts',
    '/console/console.css',
    '/console/lib/preact.js',
    '/console/lib/preact-hooks.js',
    '/console/lib/htm.js',
  ])
    expect([path, (await fetch(console + path)).status]).toEqual([path, 200])
  const library = (await (await fetch(`${console}/api/library`)).json()) as { path: string }[]
  expect(library.map(({ path }) => path).toSorted()).toEqual(
    globSync(['networking/*.yaml', 'gateway-api/*.yaml', 'security/*.yaml'], { cwd: root }).toSorted(),
  )
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('the mesh by itself cannot start workloads, and says so', async () => {
  const child = spawn(process.execPath, ['main.js'], { cwd: await meshAlone(), env: {}, stdio: ['ignore', 'ignore', 'pipe'] })
  const [stderr, [exitCode]] = await Promise.all([textOf(child.stderr), once(child, 'close')])
  expect(stderr).toBe('bookinfo: WORKLOADS is not set, and there is nothing here that could be started: expected where the workloads are\n')
  expect(exitCode).toBe(1)
})

test('the conformance suite has all its checks in its image, and their rules', async () => {
  await bundled('conformance')
  const listed = async (file: string, ...args: string[]) => {
    const child = spawn(process.execPath, [file, ...args], { env: knownEnv(), stdio: ['ignore', 'pipe', 'inherit'] })
    return textOf(child.stdout)
  }
  const [image, sources] = [`${root}../dist/images/conformance/main.js`, `${root}../apps/conformance/src/cli.ts`]
  for (const command of [['list'], ['describe', 'weights-three-ways', 'header-exact@gateway-api']])
    expect(await listed(image, ...command)).toBe(await listed(sources, ...command))
})
