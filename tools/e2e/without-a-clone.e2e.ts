/** The package as its users get it: installed from its tarball into an empty folder, without a clone, on every maintained Node. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildExecutable } from '../src/executable.ts'
import { pack, packageFolder } from '../src/npm-package.ts'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'bookinfo-package-'))
let tarball: string
let executable: string

beforeAll(async () => {
  executable = await buildExecutable()
  tarball = pack()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The environment of a person who has npm and this Node (or none), and nothing of this repository. */
function environment(home: string): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(':').filter((part) => !part.includes('node_modules'))
  return {
    PATH: [join(home, 'node_modules/.bin'), ...path].join(':'),
    HOME: home,
    npm_config_cache: join(home, 'npm-cache'),
    GATEWAY_PORT: '0',
    CONSOLE_PORT: '0',
    ZIPKIN_PORT: '0',
    BOOKINFO_PROBE: 'on',
    ...(process.env['npm_config_registry'] && { npm_config_registry: process.env['npm_config_registry'] }),
  }
}

interface Form {
  form: string
  /** Readies an empty folder. */
  install: (home: string, env: NodeJS.ProcessEnv) => Promise<void>
  /** Command and first words for the mesh's command line and for the suite. */
  mesh: string[]
  suite: string[]
  /** Whether the whole suite runs on it, or one check. */
  whole: boolean
}

const installed = (major: number): Form => ({
  form: `npm install on Node ${major}`,
  async install(home, env) {
    writeFileSync(join(home, 'package.json'), '{"private": true, "allowScripts": {"node": true}}')
    await run('npm', ['install', '--no-audit', '--no-fund', tarball, `node@${major}`], { cwd: home, env })
    const { stdout } = await run('node', ['--version'], { cwd: home, env })
    expect(stdout).toMatch(new RegExp(`^v${major}\\.`))
  },
  mesh: ['npx', '--no-install', 'bookinfo-mesh'],
  suite: ['npx', '--no-install', 'bookinfo-conformance'],
  whole: major === 26,
})

const singleFile: Form = {
  form: 'the single file, without Node',
  async install(home, env) {
    copyFileSync(executable, join(home, 'bookinfo-mesh'))
    env['PATH'] = '/nonexistent'
  },
  mesh: ['./bookinfo-mesh'],
  suite: ['./bookinfo-mesh', 'conformance'],
  whole: false,
}

describe.each([installed(22), installed(24), installed(26), singleFile])('$form', ({ form, install, mesh, suite, whole }) => {
  const home = join(folder, form)
  const env = environment(home)
  let running: ChildProcess
  let said = ''
  const address = (name: string) => new RegExp(String.raw`${name} +(http://localhost:\d+)`).exec(said)?.[1] ?? ''
  const bookinfo = (...args: string[]) => run(mesh[0]!, [...mesh.slice(1), ...args], { cwd: home, env })

  beforeAll(async () => {
    mkdirSync(home)
    await install(home, env)
    running = spawn(mesh[0]!, [...mesh.slice(1), 'start'], { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    for (const stream of [running.stdout!, running.stderr!]) stream.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
    const up = new Promise<void>((resolve) => running.stdout!.on('data', () => said.includes('Ctrl-C') && resolve()))
    await Promise.race([up, once(running, 'close').then(() => Promise.reject(new Error(`the mesh ended before it was up: ${said}`)))])
    env['CONSOLE_PORT'] = new URL(address('Console')).port
  })
  afterAll(() => {
    if (running?.pid !== undefined && running.exitCode === null && running.signalCode === null) process.kill(-running.pid, 'SIGKILL')
  })

  test('the page shows all three versions of reviews', async () => {
    const page = async () => /reviews-(v[123])-/.exec(await (await fetch(`${address('Page')}/productpage`)).text())?.[1]
    const missing = new Set<string | undefined>(['v1', 'v2', 'v3'])
    while (missing.size > 0) missing.delete(await page())
  })

  test('a ready-made rule of the package is applied, and routes', async () => {
    const rules = ['destination-rule-all.yaml', 'virtual-service-all-v1.yaml'].flatMap((file) => ['-f', `k8s/networking/${file}`])
    await bookinfo('apply', ...rules)
    const { stdout } = await bookinfo('explain', '--from', 'productpage-v1', '--service', 'reviews', '/reviews/0')
    expect(stdout).toContain('reviews-v1')
    for (let i = 0; i < 5; i++) expect(await (await fetch(`${address('Page')}/productpage`)).text()).toContain('reviews-v1-')
    await bookinfo('delete', ...rules)
  })

  test('libraries that are loaded late are there: rules are written as YAML, and read from a URL', async () => {
    const { stdout } = await bookinfo('get', 'gateway', 'bookinfo-gateway', '-o', 'yaml')
    expect(stdout).toContain('\nkind: Gateway\n')
    await expect(bookinfo('apply', '-f', `${address('Console')}/no-such-file.yaml`)).rejects.toThrow('status code=404')
  })

  test('one page is one trace, and the console serves its page', async () => {
    const traceId = '80f198ee56343ba864fe8b2a57d3eff7'
    await fetch(`${address('Page')}/productpage`, { headers: { b3: `${traceId}-e457b5a2e4d86bd1-1` } })
    await expect.poll(async () => (await fetch(`${address('Zipkin')}/api/v2/trace/${traceId}`)).ok).toBe(true)
    expect(await (await fetch(`${address('Console')}/`)).text()).toContain('<title>')
    for (const module of ['app.ts', 'lib/preact.js', 'lib/htm.js'])
      expect((await fetch(`${address('Console')}/console/${module}`)).status).toBe(200)
  })

  test('the conformance suite judges this mesh', { timeout: 600_000 }, async () => {
    const report = join(home, 'report.json')
    const args = [...suite, 'run', '--format', 'json', '--output', report, ...(whole ? [] : ['--check', 'header-exact'])]
    const judge = spawn(args[0]!, args.slice(1), { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [[code], stdout, stderr] = await Promise.all([once(judge, 'close'), text(judge.stdout), text(judge.stderr)])
    expect(code, `${stdout}${stderr}`).toBe(0)
    const { counts } = JSON.parse(readFileSync(report, 'utf8')) as { counts: { passed: number; failed: number } }
    expect(counts.failed).toBe(0)
    expect(counts.passed).toBeGreaterThan(whole ? 140 : 0)
  })

  test('SIGINT stops everything that it started', async () => {
    const children = processesBelow(running.pid!)
    expect(children.length).toBeGreaterThan(5)
    process.kill(-running.pid!, 'SIGINT')
    await once(running, 'close')
    await expect.poll(() => children.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
  })
})

test('the mesh passes its e2e tests when they start this package instead of the sources', { timeout: 900_000 }, async () => {
  const report = join(folder, 'e2e.json')
  const meshTests = (code: string, ...files: string[]) =>
    run('vitest', ['run', '--config', '../../vitest.config.ts', '--root', '.', '--mode', 'e2e', ...files, `--outputFile.json=${report}`], {
      cwd: join(import.meta.dirname, '../../apps/mesh'),
      env: { ...process.env, BOOKINFO_PACKAGE: code },
      maxBuffer: 1e8,
    })
  // They fail where there is no package: it is the package that they test.
  await expect(meshTests(join(folder, 'nothing'), 'rolling-restart')).rejects.toMatchObject({
    stderr: expect.stringMatching(/the mesh ended before it was up/),
  })
  await meshTests(join(folder, installed(26).form, 'node_modules/bookinfo-mesh'), 'console', 'rolling-restart')
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>
  expect({ numFailedTests, numPendingTests }).toEqual({ numFailedTests: 0, numPendingTests: 0 })
  expect(numPassedTests).toBeGreaterThan(20)
})

/** All descendants of a process, as the kernel knows them. */
function processesBelow(pid: number): number[] {
  const children = globSync(`/proc/${pid}/task/*/children`).flatMap((file) =>
    readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number),
  )
  return children.flatMap((child) => [child, ...processesBelow(child)])
}

test('the package is small, has its licences, and holds no path of the machine that built it', () => {
  const files = globSync('**', { cwd: packageFolder }).filter((file) => statSync(join(packageFolder, file)).isFile())
  expect(files.reduce((sum, file) => sum + statSync(join(packageFolder, file)).size, 0)).toBeLessThan(10e6)
  expect(readFileSync(join(packageFolder, 'NOTICE'), 'utf8')).toMatch(/fastify \d/)
  const root = join(import.meta.dirname, '../..')
  expect(files.filter((file) => readFileSync(join(packageFolder, file), 'utf8').includes(root))).toEqual([])
  expect(statSync(executable).size).toBeLessThan(150e6)
})
