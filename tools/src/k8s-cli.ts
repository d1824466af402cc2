/**
 * Bookinfo on the cluster of the current kubeconfig, for those who are new to kubectl:
 *     npm run k8s:up | k8s:status | k8s:verify | k8s:down  [-- --namespace NAME] [-- --no-mesh]
 * IMAGE_PREFIX names another registry than the manifests do. Into a kind cluster the images of `npm run images` are loaded.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { apps } from './images-bundle.ts'
import { imageNames } from './images.ts'
import { reach, type Way } from './k8s-reach.ts'
import { CommandError, run } from './k8s-run.ts'

const k8s = fileURLToPath(new URL('../../k8s/', import.meta.url))

/** What stands in the user's way, and what to do about it. */
class Problem extends Error {}

interface Settings {
  namespace: string
  mesh: boolean
}

const kubectl = async (...args: string[]) => (await run('kubectl', args)).stdout
const works = (...args: string[]) =>
  kubectl(...args).then(
    () => true,
    () => false,
  )

/** @throws Problem for the first thing that is missing: kubectl, the cluster, Istio. */
async function check({ mesh }: Settings): Promise<void> {
  if (!(await works('version', '--client'))) throw new Problem('kubectl is not installed. See https://kubernetes.io/docs/tasks/tools/')
  if (!(await works('get', '--raw', '/readyz', '--request-timeout=5s'))) {
    const context = (await kubectl('config', 'current-context').catch(() => '')).trim()
    throw new Problem(
      `${context ? `The cluster of context ${context} does not answer` : 'No cluster is configured'}. Set KUBECONFIG, or start one: kind create cluster`,
    )
  }
  if (mesh && !(await works('get', 'deployment', 'istiod', '-n', 'istio-system'))) {
    throw new Problem('Istio is not installed there: istioctl install -f k8s/addons/mesh-config.yaml. To do without a mesh: --no-mesh')
  }
}

/** Loads the images into a kind cluster; other clusters pull theirs. */
async function loadImages(): Promise<void> {
  const context = (await kubectl('config', 'current-context').catch(() => '')).trim()
  if (!context.startsWith('kind-') || process.env['IMAGE_PREFIX']) return
  const { prefix, version } = imageNames()
  const images = apps.map((app) => `${prefix}/bookinfo-${app}:${version}`)
  await run('kind', ['load', 'docker-image', ...images, '--name', context.slice('kind-'.length)], { show: true }).catch((error: Error) => {
    throw new Problem(`${error.message}\nThe images could not be loaded into kind: run \`npm run images\` first`)
  })
}

/** bookinfo.yaml with the images of IMAGE_PREFIX, where that is set. */
function application(): string {
  const yaml = readFileSync(`${k8s}platform/kube/bookinfo.yaml`, 'utf8')
  const other = process.env['IMAGE_PREFIX']
  return other ? yaml.replaceAll(`image: ${imageNames().prefix}/bookinfo-`, `image: ${other}/bookinfo-`) : yaml
}

async function up(settings: Settings): Promise<void> {
  const { namespace, mesh } = settings
  await check(settings)
  await loadImages()
  if (!(await works('get', 'namespace', namespace))) {
    await kubectl('create', 'namespace', namespace)
    await kubectl('label', 'namespace', namespace, 'app.kubernetes.io/managed-by=bookinfo')
  }
  if (mesh) await kubectl('label', 'namespace', namespace, 'istio-injection=enabled', '--overwrite')
  if (!(await works('get', 'secret', 'bookinfo-session', '-n', namespace))) {
    const secret = `--from-literal=secret=${randomBytes(32).toString('base64url')}`
    await kubectl('create', 'secret', 'generic', 'bookinfo-session', '-n', namespace, secret)
  }
  await run('kubectl', ['apply', '-n', namespace, '-f', '-'], { input: application() })
  if (mesh) {
    const files = ['bookinfo-gateway', 'destination-rule-all'].flatMap((file) => ['-f', `${k8s}networking/${file}.yaml`])
    await kubectl('apply', '-n', namespace, ...files)
  }
  await kubectl('wait', 'deployment', '--all', '-n', namespace, '--for=condition=Available', '--timeout=180s').catch(
    async (error: Error) => {
      throw new Problem(`${error.message}\nThe workloads are not ready:\n${await kubectl('get', 'pods', '-n', namespace)}`)
    },
  )
  await status(settings)
}

async function status(settings: Settings): Promise<void> {
  const { namespace, mesh } = settings
  await check(settings)
  console.log(await kubectl('get', 'pods', '-n', namespace, '-L', 'app,version'))
  if (mesh) {
    console.log(await kubectl('get', 'virtualservices.networking.istio.io,destinationrules.networking.istio.io', '-n', namespace))
    console.log('page:  kubectl port-forward -n istio-system service/istio-ingressgateway 8080:80, then http://localhost:8080/productpage')
    console.log(`rules: kubectl apply -n ${namespace} -f k8s/networking/virtual-service-reviews-80-20.yaml`)
  } else console.log(`page:  kubectl port-forward -n ${namespace} service/productpage 9080, then http://localhost:9080/productpage`)
}

/** Asks the application what a visitor would, and prints one line per check. @throws Problem when one fails. */
async function verify(settings: Settings): Promise<void> {
  const { namespace, mesh } = settings
  await check(settings)
  const way: Way = mesh ? await reach('istio-ingressgateway', 80, 'istio-system') : await reach('productpage', 9080, namespace)
  const failures: string[] = []
  const expect = (what: string, isSo: boolean) => {
    console.log(`${isSo ? 'ok  ' : 'FAIL'} ${what}`)
    if (!isSo) failures.push(what)
  }
  const get = async (path: string) => {
    const response = await fetch(way.url + path, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined)
    return { status: response?.status, text: (await response?.text()) ?? '' }
  }
  try {
    const page = await get('/productpage')
    expect('the page answers', page.status === 200 && page.text.includes('<title>Simple Bookstore App</title>'))
    expect('details are there', (await get('/api/v1/products/0')).text.includes('"ISBN-10"'))
    expect('ratings are there', (await get('/api/v1/products/0/ratings')).text.includes('Reviewer1'))
    const versions = new Set<string>()
    for (let i = 0; i < 30; i += 1) versions.add((await get('/api/v1/products/0/reviews')).text.match(/reviews-(v\d)-/)?.[1] ?? 'none')
    expect(`reviews are there (${[...versions].sort().join(', ')})`, versions.size > 0 && !versions.has('none'))
  } finally {
    await way.stop()
  }
  if (failures.length > 0) throw new Problem(`${failures.length} of 4 checks failed; \`npm run k8s:status\` shows the pods`)
}

/** Removes the namespace where `up` made it, else what `up` put there. */
async function down(settings: Settings): Promise<void> {
  const { namespace } = settings
  await check({ ...settings, mesh: false })
  const mine = await kubectl('get', 'namespace', namespace, '-o', 'jsonpath={.metadata.labels.app\\.kubernetes\\.io/managed-by}').catch(
    () => undefined,
  )
  if (mine === 'bookinfo') await kubectl('delete', 'namespace', namespace, '--timeout=180s')
  else if (mine !== undefined) {
    await run(`${k8s}platform/kube/cleanup.sh`, [], { env: { NAMESPACE: namespace }, show: true })
    await kubectl('delete', 'secret', 'bookinfo-session', '-n', namespace, '--ignore-not-found')
  }
  console.log(`Bookinfo is gone from ${namespace}.`)
}

const verbs: Record<string, (settings: Settings) => Promise<void>> = { up, status, verify, down }
const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    namespace: { type: 'string', short: 'n', default: process.env['NAMESPACE'] || 'bookinfo' },
    mesh: { type: 'boolean', default: true },
  },
})
try {
  const verb = verbs[positionals[0] ?? '']
  if (!verb) throw new Problem(`Say what to do: ${Object.keys(verbs).join(', ')}`)
  await verb(values)
} catch (error) {
  if (!(error instanceof Problem || error instanceof CommandError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
