/**
 * The cluster of tests: where the lab is there (../shared/lab next to the repository, or LAB=its command) and no KUBECONFIG is set, the lab.
 * Any other kubeconfig must have Istio with an ingress gateway, and must be able to get the images (docs/kubernetes.md).
 * `node tools/src/lab.ts SCRIPT…` runs npm scripts one after the other on one start of it.
 */
import { existsSync, globSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { run } from './k8s-run.ts'

/** The lab's command, or nothing when another cluster is used. */
export function labCommand(): string {
  if (process.env['LAB_READY']) return process.env['LAB_READY']
  if (process.env['KUBECONFIG']) return ''
  const command = process.env['LAB'] ?? resolve(import.meta.dirname, '../../../shared/lab/lab')
  return existsSync(command) ? command : ''
}

/** Installs and starts what is missing of the lab, where it is the cluster, and gives what ends it: a lab that was already up stays up. */
export async function useCluster(): Promise<() => Promise<void>> {
  const lab = labCommand()
  // LAB_READY: the process that started this one takes care of it.
  if (!lab || process.env['LAB_READY']) return async () => {}
  const verb = (...args: string[]) => run(lab, args, { show: true, timeoutMs: 3_600_000 })
  await verb('install')
  const kubeconfig = (await run(lab, ['kubeconfig'])).stdout.trim()
  process.env['KUBECONFIG'] = kubeconfig
  // istioctl is among the lab's own binaries
  process.env['PATH'] = `${resolve(kubeconfig, '../../bin')}:${process.env['PATH']}`
  const wasUp = await run('kubectl', ['get', '--raw', '/readyz']).then(
    () => true,
    () => false,
  )
  const start = async () => {
    await verb('up')
    await verb('istio')
  }
  await start().catch(async (error: Error) => {
    console.error(`${error.message}\nThe lab did not start: once more, from nothing.`)
    await verb('down')
    await start()
  })
  // In a separate process: where a package lies (import.meta.resolve) cannot be asked inside the test runner.
  const env = { IMAGE_BUILDER: `${lab} build-image`, IMAGE_BASE: 'lab.local/node:26', IMAGE_KUBECTL: await kubectlItself() }
  await run(process.execPath, [join(import.meta.dirname, 'images.ts')], { env, show: true, timeoutMs: 1_800_000 })
  process.env['LAB_READY'] = lab
  return async () => {
    if (!wasUp) await run(lab, ['down'], { show: true, env: { LAB_KEEP: '1' } })
  }
}

/** The program behind `kubectl`: where that chooses among versions next to it (kubectl.1.33), the newest of these. */
async function kubectlItself(): Promise<string> {
  const found = realpathSync((await run('which', ['kubectl'])).stdout.trim())
  const versions = globSync(`${found}.*`).filter((file) => /\.\d+\.\d+$/.test(file))
  return versions.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1) ?? found
}

if (import.meta.main) {
  const leave = await useCluster()
  try {
    for (const script of process.argv.slice(2))
      await run('npm', ['run', script], { show: true, timeoutMs: 7_200_000 }).catch((error: Error) => {
        console.error(error.message)
        process.exitCode = 1
      })
  } finally {
    await leave()
  }
}
