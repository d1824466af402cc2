/** The real Zipkin server, for e2e tests: on a free port of loopback, with its memory as storage. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { eventually } from './eventually.ts'
import { installed, mavenJar } from './maven-jar.ts'
import { freePort } from './service-process.ts'
import { knownEnv } from './known-env.ts'

export interface ZipkinServer {
  /** `http://127.0.0.1:PORT`, its UI and API. */
  url: string
  /** What `OTEL_EXPORTER_ZIPKIN_ENDPOINT` is set to. */
  endpoint: string
  /** Spans of one trace, once there are at least `count`. @throws with what has arrived when the rest does not come. */
  trace(traceId: string, count: number): Promise<ZipkinSpan[]>
  /** Dependency links of the last day. */
  dependencies(): Promise<{ parent: string; child: string; callCount: number; errorCount?: number }[]>
  stop(): Promise<void>
}

/** A span as Zipkin's API v2 gives it; times are in microseconds. */
export interface ZipkinSpan {
  traceId: string
  id: string
  parentId?: string
  kind?: 'CLIENT' | 'SERVER'
  name: string
  timestamp: number
  duration: number
  localEndpoint: { serviceName: string }
  remoteEndpoint?: { serviceName?: string; ipv4?: string; ipv6?: string; port?: number }
  tags: Record<string, string>
}

/** Starts Zipkin and waits until it is healthy (some seconds, and one download the first time). `port` 0 is any free one. */
export async function startZipkin(port = 0): Promise<ZipkinServer> {
  await installed('java', 'default-jre-headless')
  const jar = await mavenJar('io.zipkin:zipkin-server:3.5.1:jar:exec')
  const chosen = port || (await freePort())
  const loopback = [`--armeria.ports[0].ip=127.0.0.1`, `--armeria.ports[0].port=${chosen}`, '--armeria.ports[0].protocols[0]=http']
  const java = spawn('java', ['-XX:TieredStopAtLevel=1', '-Xmx256m', '-jar', jar, ...loopback], {
    env: knownEnv({ STORAGE_TYPE: 'mem', SELF_TRACING_ENABLED: 'false' }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [java.stdout, java.stderr]) stream.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-10_000)))
  const killed = () => void java.kill('SIGKILL')
  process.once('exit', killed)

  const url = `http://127.0.0.1:${chosen}`
  const read = async (path: string) => {
    const answer = await fetch(url + path)
    if (answer.status === 404) return []
    if (!answer.ok) throw new Error(`zipkin answers ${answer.status} to ${path}`)
    return answer.json()
  }
  const server: ZipkinServer = {
    url,
    endpoint: `${url}/api/v2/spans`,
    async trace(traceId, count) {
      return eventually(async () => {
        const spans = (await read(`/api/v2/trace/${traceId}`)) as ZipkinSpan[]
        if (spans.length >= count) return spans
        throw new Error(
          `trace ${traceId} has ${spans.length} spans in Zipkin, expected ${count}: ${spans.map((span) => span.name).join(', ')}`,
        )
      })
    },
    dependencies: () =>
      read(`/api/v2/dependencies?endTs=${Date.now() + 60_000}&lookback=86400000`) as ReturnType<ZipkinServer['dependencies']>,
    async stop() {
      process.off('exit', killed)
      if (java.exitCode !== null || java.signalCode !== null) return
      java.kill('SIGKILL')
      await once(java, 'exit')
    },
  }
  const exited = once(java, 'exit').then(([code]) => Promise.reject(new Error(`zipkin exited with ${code}\n${log}`)))
  const healthy = eventually(async () => {
    if (!(await isHealthy(url))) throw new Error(`zipkin is not healthy\n${log}`)
  })
  try {
    await Promise.race([healthy, exited])
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

const isHealthy = async (url: string) => {
  try {
    return (await fetch(`${url}/health`)).ok
  } catch {
    return false
  }
}
