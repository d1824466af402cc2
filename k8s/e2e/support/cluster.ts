/** The cluster as these tests use it: kubectl, files of `k8s/`, and a way to speak to Services. */
import { patience } from '@bookinfo/tools/eventually'
import { run } from '@bookinfo/tools/k8s-run'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'

/** The folder `k8s/`, with a slash at its end. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

/** Namespace of the deployment that all files share; injection is on. */
export const namespace = 'bookinfo-e2e'

/** What kubectl prints. @throws CommandError with what it complained of. */
export const kubectl = async (...args: string[]): Promise<string> => (await run('kubectl', args)).stdout

/** What kubectl prints, read as JSON. */
export const kubectlJson = async (...args: string[]): Promise<any> => JSON.parse(await kubectl(...args, '-o', 'json'))

/** Applies files of `k8s/` to a namespace; files that name their own go there. */
export async function apply(files: string | readonly string[], to = namespace): Promise<void> {
  for (const file of [files].flat()) {
    const own = file.startsWith('addons/') || file.startsWith('policy/')
    await kubectl('apply', ...(own ? [] : ['-n', to]), '-f', root + file)
  }
}

/** Removes what files of `k8s/` made; what is already gone is not an error. */
export async function remove(files: string | readonly string[], from = namespace): Promise<void> {
  for (const file of [files].flat()) {
    const own = file.startsWith('addons/') || file.startsWith('policy/')
    await kubectl('delete', ...(own ? [] : ['-n', from]), '-f', root + file, '--ignore-not-found')
  }
}

/** Applies the test's own YAML. */
export const applyText = async (yaml: string, to = namespace) => {
  await run('kubectl', ['apply', '-n', to, '-f', '-'], { input: yaml })
}

/** Removes every routing rule of the shared deployment, except the way in through the gateway. */
export async function removeRules(): Promise<void> {
  const kinds = 'virtualservices.networking.istio.io,destinationrules.networking.istio.io,httproutes.gateway.networking.k8s.io'
  const found = (await kubectl('get', kinds, '-n', namespace, '-o', 'name'))
    .split('\n')
    .filter((name) => name && !name.endsWith('/bookinfo'))
  if (found.length > 0) await kubectl('delete', '-n', namespace, ...found)
}

export async function createNamespace(name: string, labels: Record<string, string> = {}): Promise<void> {
  await applyText(JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }), 'default')
}

/** kubectl's own waits: for a whole deployment, and shorter than `run` and a test wait for kubectl, so that it still says what is not ready. */
const limit = `--timeout=${(4 * patience) / 1000}s`

export const deleteNamespace = (name: string) => kubectl('delete', 'namespace', name, '--ignore-not-found', limit)

/** Waits until all Deployments of a namespace, or the one that is named, have all their pods ready. */
export const ready = (of = namespace, deployment = '--all') =>
  kubectl('wait', 'deployment', deployment, '-n', of, '--for=condition=Available', limit)

/** Label selector of what bookinfo.yaml deploys. */
export const services = 'app.kubernetes.io/component=service'

/** Waits until the last change of the services' Deployments has reached all their pods: their condition may still be that of the old ones. */
export const rolledOut = (of = namespace) => kubectl('rollout', 'status', 'deployment', '-l', services, '-n', of, limit)

/** Pods that are there to stay, by label selector. */
export async function pods(selector: string, of = namespace): Promise<any[]> {
  const { items } = await kubectlJson('get', 'pods', '-n', of, '-l', selector)
  return items.filter(({ metadata }: any) => !metadata.deletionTimestamp)
}

/** Runs JavaScript in a service's own container (its image has no shell) and gives what it prints. */
export const inPod = (deployment: string, container: string, script: string, of = namespace) =>
  kubectl('exec', '-n', of, `deploy/${deployment}`, '-c', container, '--', '/nodejs/bin/node', '-e', script)

/** Where the ingress gateway listens; what setup.ts found out. */
export const gateway = () => inject('gateway')
