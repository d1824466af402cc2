/** The local mesh, by its control API. */
import { request } from 'undici'
import { limits } from '../eventually.ts'
import { Refused, SetupError, Unsupported, type Pod, type Target } from './target.ts'

interface Status {
  gateway: string
  gatewayTls: string | null
  zipkin: string | null
  workloads: { name: string; app: string; version: string; pods: { name: string; phase: string; port: number }[] }[]
}

/** `address` is the console's, `http://localhost:20001`. @throws SetupError when no mesh with probes is there */
export async function localTarget(address: string): Promise<Target> {
  const status = async () => (await ask(`${address}/api/status`)).json as unknown as Status
  const { gateway, zipkin } = await status().catch((error: Error) => {
    throw new SetupError(
      `no local mesh at ${address} (${error.message}): start it with BOOKINFO_PROBE=on npm start, or name another CONSOLE_PORT`,
    )
  })
  async function change(verb: 'apply' | 'delete', rules: string) {
    const { statusCode, json } = await ask(`${address}/api/${verb}`, { files: [{ file: 'check.yaml', text: rules }] })
    if (statusCode === 200) return
    const message = String(json['error'])
    if (statusCode === 422 && /not supported by the local mesh/.test(message)) throw new Unsupported(message)
    throw new Refused(`the mesh refuses the rules: ${message}`)
  }
  const pods = async (): Promise<Pod[]> => {
    const { workloads } = await status()
    return workloads.flatMap(({ app, version, pods: all }) =>
      all.flatMap(({ name, phase, port }) => (phase === 'ready' ? [{ name, app, version, url: `http://127.0.0.1:${port}` }] : [])),
    )
  }
  const [first] = await pods()
  if (!first || (await request(`${first.url}/probe/ledger?id=none`)).statusCode !== 200)
    throw new SetupError('the local mesh runs without probes: start it with BOOKINFO_PROBE=on npm start')
  return {
    name: 'local',
    namespace: 'default',
    versions: { mesh: 'local', node: process.version },
    lacks: {
      ...(zipkin === null && { zipkin: 'the mesh was started without tracing' }),
      sidecar: 'the proxies of the local mesh are not containers in the pods',
    },
    gateway: gateway.replace('localhost', '127.0.0.1'),
    async gatewayTls() {
      const { gatewayTls: place } = await status()
      if (place === null) throw new Error('the gateway does not speak TLS')
      return place.replace('localhost', '127.0.0.1')
    },
    ...(zipkin !== null && { zipkin: zipkin.replace('localhost', '127.0.0.1') }),
    settleMs: 0,
    apply: (rules) => change('apply', rules),
    remove: (rules) => change('delete', rules),
    pods,
    async accessLog({ name }, text) {
      const { json } = await ask(`${address}/api/pods/${name}/logs?container=istio-proxy`)
      return (json['lines'] as string[]).filter((line) => line.includes(text))
    },
    close: async () => undefined,
  }
}

async function ask(url: string, json?: object) {
  const { statusCode, body } = await request(url, {
    method: json ? 'POST' : 'GET',
    headers: json ? { 'content-type': 'application/json' } : {},
    body: json ? JSON.stringify(json) : null,
    headersTimeout: limits.command,
  })
  return { statusCode, json: (await body.json()) as Record<string, unknown> }
}
