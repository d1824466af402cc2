/**
 * Writes `k8s/injection/productpage-injected.yaml`: what the Istio of the current kubeconfig makes of productpage.yaml.
 *     node tools/src/k8s-inject.ts            writes the file
 *     node tools/src/k8s-inject.ts --check    exits 1 when it differs
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inKeyOrder } from './k8s-render.ts'
import { run } from './k8s-run.ts'

const folder = fileURLToPath(new URL('../../k8s/injection/', import.meta.url))
const about = '# productpage.yaml as `istioctl kube-inject` completes it: docs/injection.md explains every line that is new.\n'

const { stdout } = await run('istioctl', ['kube-inject', '-f', `${folder}productpage.yaml`])
const injected = about + inKeyOrder(stdout)
if (!process.argv.includes('--check')) writeFileSync(`${folder}productpage-injected.yaml`, injected)
else if (injected !== readFileSync(`${folder}productpage-injected.yaml`, 'utf8')) {
  console.error('k8s/injection/productpage-injected.yaml differs from what istioctl makes: run `npm run k8s:inject`')
  process.exitCode = 1
}
