/** Bookinfo with probes on a real mesh and on the local one: the same rules, and the same orders to the same workloads. */
import { eventually } from '@bookinfo/tools/eventually'
import { startMesh } from '@bookinfo/tools/mesh-process'
import { reach, type Way } from '@bookinfo/tools/k8s-reach'
import { call } from '@bookinfo/service/probe-call'
import type { CallOrder, CallResult } from '@bookinfo/service/probe-order'
import { run } from '@bookinfo/tools/k8s-run'
import { apply, applyText, createNamespace, deleteNamespace, kubectl, rolledOut } from './cluster.ts'

/** What a request or a connection is; the rest of an order has defaults. */
export type Order = Pick<CallOrder, 'url'> & Partial<CallOrder>

/** A port of a gateway: of Istio's own, or of one that a Gateway of the Gateway API gets. 443 passes TLS through. */
export interface Door {
  service: string
  port: 80 | 443
}

export interface Side {
  apply(yaml: string): Promise<void>
  remove(yaml: string): Promise<void>
  /** Has a workload send an order, as its own requests. */
  from(workload: string, order: Order): Promise<CallResult[]>
  /** Sends an order through a gateway, from outside. */
  through(door: Door, order: Order): Promise<CallResult[]>
}

export interface TwoMeshes {
  real: Side
  local: Side
  stop(): Promise<void>
}

const defaults = {
  method: 'GET',
  protocol: 'h1',
  headers: {},
  count: 1,
  concurrency: 1,
  pauseMs: 0,
  timeoutMs: 20_000,
  brief: false,
} as const

/** Both meshes with only these rules. `space` is a namespace that is made, and removed at the end. */
export async function startTwoMeshes(space: string, rules: string): Promise<TwoMeshes> {
  await createNamespace(space, { 'istio-injection': 'enabled' })
  await apply('platform/kube/bookinfo-probes.yaml', space)
  await applyText(rules, space)
  const [mesh] = await Promise.all([startMesh({ args: ['--bare'], env: { BOOKINFO_PROBE: 'on' } }), rolledOut(space)])
  await mesh.apply(rules)
  // A port of a gateway answers only when rules ask for it.
  const ways = new Map<string, Promise<Way>>()
  async function wayTo(service: string, port: number, namespace = space): Promise<string> {
    const key = `${service}:${port}`
    const way = ways.get(key) ?? eventually(() => reach(service, port, namespace))
    ways.set(key, way)
    return (await way).url
  }
  const status = async () => (await (await fetch(`${mesh.console}/api/status`)).json()) as LocalStatus
  const { workloads } = await status()
  let localTls: string | undefined

  return {
    real: {
      apply: (yaml) => applyText(yaml, space),
      remove: async (yaml) => void (await run('kubectl', ['delete', '-n', space, '-f', '-'], { input: yaml })),
      from: async (workload, order) => ask(await wayTo(workload, 9080), order),
      through: async ({ service, port }, order) =>
        enter(await wayTo(service, port, service === 'istio-ingressgateway' ? 'istio-system' : space), order),
    },
    local: {
      apply: mesh.apply,
      remove: mesh.remove,
      from: (workload, order) => ask(`http://127.0.0.1:${workloads.find(({ name }) => name === workload)!.pods[0]!.port}`, order),
      async through({ port }, order) {
        localTls ??= (await status()).gatewayTls ?? undefined
        return enter(port === 443 ? localTls! : mesh.gateway, order)
      },
    },
    async stop() {
      await mesh.stop()
      for (const way of ways.values()) await (await way).stop()
      // Nothing asks these pods any more: they need not drain.
      await kubectl('delete', 'pods', '--all', '-n', space, '--force', '--grace-period=0', '--wait=false')
      await deleteNamespace(space)
    },
  }
}

interface LocalStatus {
  gatewayTls: string | null
  workloads: { name: string; pods: { port: number }[] }[]
}

async function ask(probe: string, order: Order): Promise<CallResult[]> {
  const answer = await fetch(`${probe}/probe/call`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order),
  })
  if (!answer.ok) throw new Error(`${JSON.stringify(order)}: the probe answers ${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { results: CallResult[] }).results
}

/** The code that probes send by, in this process: an address in place of the host's is dialled. */
async function enter(address: string, order: Order): Promise<CallResult[]> {
  const detour = address.replace(/^https?:\/\//, '').replace('localhost', '127.0.0.1')
  return call({ ...defaults, ...order }, { detour }, new AbortController().signal)
}
