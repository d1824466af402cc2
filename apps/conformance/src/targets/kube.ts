/** A cluster, by kubectl and whatever kubeconfig or service account it finds. Probes are reached by port-forward, which passes no sidecar. */
import { spawn, type ChildProcess } from 'node:child_process'
import { lookup } from 'node:dns/promises'
import { limits } from '../eventually.ts'
import { notImplemented, run } from './command.ts'
import { SetupError, Unsupported, type Pod, type Target } from './target.ts'

export interface KubeOptions {
  namespace: string
  /** Of the gateway, where it can be reached; else it is looked for in istio-system. */
  gateway?: string
  /** The same for TLS. */
  gatewayTls?: string
  zipkin?: string
  kubectl: string
  /** Milliseconds from an applied rule to its effect. */
  settle: number
}

interface KubePod {
  metadata: { name: string; labels: Record<string, string>; deletionTimestamp?: string }
  spec: { containers: { name: string; image: string }[]; initContainers?: { name: string; image: string }[] }
  status: { conditions?: { type: string; status: string }[] }
}

export async function kubeTarget({ namespace, gateway, gatewayTls, zipkin, kubectl, settle }: KubeOptions): Promise<Target> {
  const forwards = new Map<string, { child: ChildProcess; url: Promise<string> }>()
  const ask = (...args: string[]) => run(kubectl, ['-n', namespace, ...args])

  function forward(to: string, port: number, ofNamespace = namespace): Promise<string> {
    const key = `${ofNamespace} ${to} ${port}`
    const known = forwards.get(key)
    if (known && known.child.exitCode === null) return known.url
    const child = spawn(kubectl, ['-n', ofNamespace, 'port-forward', to, `:${port}`], { stdio: ['ignore', 'pipe', 'pipe'] })
    const url = new Promise<string>((resolve, reject) => {
      const late = setTimeout(() => reject(new SetupError(`kubectl port-forward ${to}: no answer`)), limits.portForward)
      let said = ''
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
      child.once('close', () => {
        clearTimeout(late)
        reject(new SetupError(`kubectl port-forward ${to}: ${said.trim()}`))
      })
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        const [, given] = /127\.0\.0\.1:(\d+)/.exec(chunk) ?? []
        if (given === undefined) return
        clearTimeout(late)
        resolve(`http://127.0.0.1:${given}`)
      })
    })
    forwards.set(key, { child, url })
    return url
  }

  /** A Service's address, or nothing when it is not there. A pod reaches it by its name, and needs no right to forward its port. */
  async function addressOf(service: string, port: number): Promise<string | undefined> {
    const inside = process.env['KUBERNETES_SERVICE_HOST'] !== undefined
    const host = `${service}.istio-system.svc`
    const found = inside ? lookup(host).then(() => `http://${host}:${port}`) : forward(`service/${service}`, port, 'istio-system')
    return found.catch(() => undefined)
  }

  const list = async () => {
    const { items } = JSON.parse(await ask('get', 'pods', '-l', 'app in (productpage,details,reviews,ratings)', '-o', 'json')) as {
      items: KubePod[]
    }
    return items.filter(
      ({ metadata, status }) =>
        !metadata.deletionTimestamp && status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    )
  }
  const found = await list().catch((error: Error) => {
    throw new SetupError(`the cluster does not answer: ${error.message}`)
  })
  if (found.length === 0)
    throw new SetupError(`no ready pod of Bookinfo in namespace ${namespace}: apply k8s/platform/kube/bookinfo.yaml first`)
  const proxies = found
    .flatMap(({ spec }) => [...spec.containers, ...(spec.initContainers ?? [])])
    .filter(({ name }) => name === 'istio-proxy')

  let [listed, listedAt] = [Promise.resolve(found), performance.now()]
  async function pods(): Promise<Pod[]> {
    // Every request asks for them, and kubectl takes longer than most requests.
    if (performance.now() - listedAt > limits.pods) [listed, listedAt] = [list(), performance.now()]
    return Promise.all(
      (await listed).map(async ({ metadata: { name, labels } }) => ({
        name,
        app: labels['app'] ?? '',
        version: labels['version'] ?? '',
        url: await forward(`pod/${name}`, 9080),
      })),
    )
  }
  const remove = async (rules: string) => void (await run(kubectl, ['-n', namespace, 'delete', '--ignore-not-found', '-f', '-'], rules))
  const close = async () => {
    for (const { child } of forwards.values()) child.kill()
  }
  try {
    const given = gateway ?? (await addressOf('istio-ingressgateway', 80))
    const ports = (await ask('get', 'service', 'reviews', '-o', 'jsonpath={.spec.ports[*].port}')).split(' ')
    // kubectl ends a port-forward when the gateway resets one of its connections: the next one opens another.
    const findTls = async () => gatewayTls ?? (await addressOf('istio-ingressgateway', 443))
    const hasTls = (await findTls()) !== undefined
    const spans = zipkin ?? (await addressOf('zipkin', 9411))
    return {
      name: 'kube',
      namespace,
      versions: { kubernetes: await versionOf(kubectl), proxy: [...new Set(proxies.map(({ image }) => image))].join(', ') || 'none' },
      lacks: {
        ...(!ports.includes('9081') && { grpc: 'the Service reviews has no port 9081: apply platform/kube/bookinfo-grpc.yaml' }),
        ...(!ports.includes('9082') && { tcp: 'the Service reviews has no port 9082: apply platform/kube/bookinfo-probes.yaml' }),
        ...(!(ports.includes('9084') && ports.includes('9085')) && {
          sniffing: 'the Service reviews has no ports 9084 and 9085: apply platform/kube/bookinfo-probes.yaml',
        }),
        ...(!hasTls && { 'gateway-tls': 'no istio-ingressgateway with a port 443 in istio-system, and no --gateway-tls' }),
        'gateway-of-gateway-api': 'Istio makes a gateway for each Gateway, and the suite has only the address of istio-ingressgateway',
        'gateway-secret': 'the certificate of a gateway is in the namespace of the gateway, where the suite applies nothing',
        ...(given === undefined && { gateway: 'no istio-ingressgateway in istio-system, and no --gateway' }),
        ...(spans === undefined && { zipkin: 'no zipkin in istio-system, and no --zipkin' }),
        ...(proxies.length === 0 && { sidecar: 'the pods have no istio-proxy', 'access-log': 'the pods have no istio-proxy' }),
      },
      gateway: given ?? '',
      gatewayTls: async () => {
        const address = await findTls()
        if (address === undefined) throw new Error('the TLS port of the gateway cannot be reached any more')
        return address
      },
      ...(spans !== undefined && { zipkin: spans }),
      settleMs: settle,
      apply: async (rules) => {
        try {
          await run(kubectl, ['-n', namespace, 'apply', '-f', '-'], rules)
        } catch (error) {
          const lacking = notImplemented((error as Error).message)
          if (lacking === undefined) throw error
          // The other documents of the file are there.
          await remove(rules).catch(() => undefined)
          throw new Unsupported(`the cluster's API does not support it: ${lacking}`)
        }
      },
      remove,
      pods,
      accessLog: async (pod, text) =>
        (await ask('logs', pod.name, '-c', 'istio-proxy', '--tail=2000')).split('\n').filter((line) => line.includes(text)),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Keeps a text in a ConfigMap, for what reads it when this process is gone. @throws Error with what kubectl complained of */
export async function keepInConfigMap(kubectl: string, namespace: string, name: string, data: Readonly<Record<string, string>>) {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
  // Server-side: the previous object is not copied into an annotation, whose size is limited.
  const args = ['apply', '--server-side', '--force-conflicts', '--field-manager=bookinfo-conformance', '-f', '-']
  await run(kubectl, args, JSON.stringify(map))
}

async function versionOf(kubectl: string): Promise<string> {
  const { serverVersion } = JSON.parse(await run(kubectl, ['version', '-o', 'json'])) as { serverVersion?: { gitVersion: string } }
  return serverVersion?.gitVersion ?? 'unknown'
}
