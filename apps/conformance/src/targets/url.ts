/**
 * Any mesh: a gateway's address, and commands that apply and delete a file. Probes are reached through the gateway, by a route of the
 * suite's own to the services of the versions (k8s/platform/kube/bookinfo-versions.yaml).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { notImplemented, quoted, runInShell } from './command.ts'
import { SetupError, Unsupported, type Pod, type Target } from './target.ts'

export interface UrlOptions {
  gateway: string
  /** The same for TLS. */
  gatewayTls?: string
  /** Shell commands; `{file}` stands for the file's path. */
  applyCommand: string
  deleteCommand: string
  zipkin?: string
  /** Whether the way in is written in Istio's API or in the Gateway API. */
  profile: 'istio' | 'gateway-api'
  /** Milliseconds from an applied rule to its effect. */
  settle: number
}

const workloads = ['productpage-v1', 'details-v1', 'ratings-v1', 'reviews-v1', 'reviews-v2', 'reviews-v3']
const host = 'probes.conformance.example'

export async function urlTarget({
  gateway,
  gatewayTls,
  applyCommand,
  deleteCommand,
  zipkin,
  profile,
  settle,
}: UrlOptions): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'bookinfo-conformance-'))
  let count = 0
  async function change(command: string, rules: string) {
    const file = join(folder, `${++count}.yaml`)
    await writeFile(file, rules)
    await runInShell(command.replaceAll('{file}', quoted(file)))
  }
  const wayIn = wayInBy[profile]()
  await change(applyCommand, wayIn).catch((error: Error) => {
    throw new SetupError(`the route to the probes cannot be applied: ${error.message}`)
  })
  const pods: Pod[] = workloads.map((name) => {
    const [app = '', version = ''] = name.split('-')
    return { name, app, version, url: gateway, headers: { host, 'x-probe-workload': name } }
  })
  return {
    name: 'url',
    namespace: 'default',
    versions: { gateway },
    lacks: {
      tcp: 'a mesh that is known only by its address does not show whether its services have the ports 9082 and 9083',
      sniffing: 'a mesh that is known only by its address does not show whether its services have the ports 9084 and 9085',
      ...(gatewayTls === undefined && { 'gateway-tls': 'no --gateway-tls was given' }),
      'gateway-of-gateway-api': 'a mesh may make a gateway for each Gateway, and the suite has only the address of one',
      'gateway-secret': 'the certificate of a gateway is in the namespace of the gateway, which the suite does not know',
      ...(zipkin === undefined && { zipkin: 'no --zipkin was given' }),
      'access-log': 'a mesh that is known only by its address shows no log',
      sidecar: 'a mesh that is known only by its address shows no sidecar',
    },
    gateway,
    ...(gatewayTls !== undefined && { gatewayTls: async () => gatewayTls }),
    ...(zipkin !== undefined && { zipkin }),
    settleMs: settle,
    async apply(rules) {
      try {
        await change(applyCommand, rules)
      } catch (error) {
        const lacking = notImplemented((error as Error).message)
        if (lacking === undefined) throw error
        await change(deleteCommand, rules).catch(() => undefined)
        throw new Unsupported(`the mesh does not support it: ${lacking}`)
      }
    },
    remove: (rules) => change(deleteCommand, rules),
    pods: async () => pods,
    async close() {
      await change(deleteCommand, wayIn)
      await rm(folder, { recursive: true })
    },
  }
}

const wayInBy = {
  istio: () =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'networking.istio.io/v1',
          kind: 'Gateway',
          metadata: { name: 'conformance-probes' },
          spec: {
            selector: { istio: 'ingressgateway' },
            servers: [{ port: { number: 80, name: 'http-probes', protocol: 'HTTP' }, hosts: [host] }],
          },
        },
        {
          apiVersion: 'networking.istio.io/v1',
          kind: 'VirtualService',
          metadata: { name: 'conformance-probes' },
          spec: {
            hosts: [host],
            gateways: ['conformance-probes'],
            http: workloads.map((name) => ({
              match: [{ headers: { 'x-probe-workload': { exact: name } } }],
              route: [{ destination: { host: name, port: { number: 9080 } } }],
            })),
          },
        },
      ],
    }),
  'gateway-api': () =>
    JSON.stringify({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'conformance-probes' },
      spec: {
        parentRefs: [{ name: 'bookinfo-gateway' }],
        hostnames: [host],
        rules: workloads.map((name) => ({
          matches: [{ headers: [{ name: 'x-probe-workload', value: name }] }],
          backendRefs: [{ name, port: 9080 }],
        })),
      },
    }),
}
