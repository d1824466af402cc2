/** The systems under measurement, each as processes that a user would run. */
import { freePort } from '@bookinfo/tools/service-process'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { tree } from './usage.ts'

export interface System {
  name: string
  origin: string
  path: string
  pids: () => number[]
  stop: () => Promise<void>
}

const root = join(import.meta.dirname, '../..')

/** Starts `file` with `env`; its output is thrown away but for errors. */
export function start(file: string, args: string[], env: Record<string, string>): ChildProcess {
  const inherited = { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] }
  return spawn(process.execPath, [join(root, file), ...args], { env: { ...inherited, ...env }, stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Waits until `url` answers 200. */
export async function answers(url: string): Promise<void> {
  for (let tries = 0; tries < 1500; tries++) {
    const ok = await fetch(url).then(
      async (response) => (await response.text(), response.ok),
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`${url} did not answer within 30 s`)
}

/** SIGTERM to all, and wait until they are gone. */
export async function stopAll(children: readonly ChildProcess[]) {
  for (const child of children) {
    if (child.exitCode !== null) continue
    const gone = once(child, 'close')
    child.kill('SIGTERM')
    await gone
  }
}

/** productpage → details, reviews → ratings. `file` and `args` say how each is started. */
async function chain(
  name: string,
  launch: (app: string) => { file: string; args: string[] },
  env: Record<string, string>,
): Promise<System> {
  const [productpage, details, reviews, ratings] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const hosts = { DETAILS_HOSTNAME: '127.0.0.1', REVIEWS_HOSTNAME: '127.0.0.1', RATINGS_HOSTNAME: '127.0.0.1' }
  const ports = { DETAILS_SERVICE_PORT: String(details), REVIEWS_SERVICE_PORT: String(reviews), RATINGS_SERVICE_PORT: String(ratings) }
  // A service takes gRPC on its one port.
  const grpcPorts = { DETAILS_GRPC_PORT: String(details), REVIEWS_GRPC_PORT: String(reviews), RATINGS_GRPC_PORT: String(ratings) }
  const byGrpc = env['OUTBOUND_PROTOCOL'] === 'grpc'
  const children = Object.entries({ productpage, details, reviews, ratings }).map(([app, port]) => {
    const { file, args } = launch(app)
    const own = app === 'reviews' ? { ENABLE_RATINGS: 'true', STAR_COLOR: 'red', SERVICE_VERSION: 'v3' } : {}
    const secret = app === 'productpage' ? { SESSION_SECRET: 'only-for-the-benchmark-0123456789abcdef' } : {}
    const grpc = byGrpc ? { GRPC_PORT: String(port), ...grpcPorts } : {}
    return start(file, args, { HOST: '127.0.0.1', PORT: String(port), ...hosts, ...ports, ...grpc, ...own, ...secret, ...env })
  })
  for (const port of [details, ratings, reviews, productpage])
    await answers(`http://127.0.0.1:${port}/${port === productpage ? 'productpage' : 'health'}`)
  return {
    name,
    origin: `http://127.0.0.1:${productpage}`,
    path: '/productpage',
    pids: () => children.map(({ pid = 0 }) => pid),
    stop: () => stopAll(children),
  }
}

export const rawChain = (name: string) => chain(name, (app) => ({ file: 'bench/src/raw-chain.ts', args: [app] }), {})

export const services = (name: string, env: Record<string, string>) =>
  chain(name, (app) => ({ file: `apps/${app}/src/main.ts`, args: [] }), env)

/** The service details, started by itself. */
export async function oneService(env: Record<string, string>): Promise<Pick<System, 'pids' | 'stop'>> {
  const port = await freePort()
  const child = start('apps/details/src/main.ts', [], { HOST: '127.0.0.1', PORT: String(port), ...env })
  await answers(`http://127.0.0.1:${port}/details/0`)
  return { pids: () => [child.pid ?? 0], stop: () => stopAll([child]) }
}

/** What `npm start` runs, on its own ports. Without a store or a collector for spans it samples nothing: `sampler` is its standard variable. */
export async function mesh(name: string, env: Record<string, string> = {}): Promise<System> {
  const [gateway, console, zipkin] = [await freePort(), await freePort(), await freePort()]
  const child = start('apps/mesh/src/main.ts', [], {
    GATEWAY_PORT: String(gateway),
    CONSOLE_PORT: String(console),
    ZIPKIN_PORT: String(zipkin),
    ...env,
  })
  await answers(`http://127.0.0.1:${gateway}/productpage`)
  return {
    name,
    origin: `http://127.0.0.1:${gateway}`,
    path: '/productpage',
    pids: () => tree(child.pid ?? 0),
    stop: () => stopAll([child]),
  }
}

/** A collector that takes spans and throws them away. */
export async function discardingCollector() {
  let spans = 0
  const server = createServer((request, answer) => {
    request
      .on('data', () => {})
      .on('end', () => {
        spans++
        answer.writeHead(202).end()
      })
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { endpoint: `http://127.0.0.1:${port}/api/v2/spans`, posts: () => spans, close: () => server.close() }
}
