/**
 * Before all files: a cluster with Istio and the images, and Bookinfo in a namespace of its own. After them: nothing of it is left.
 * Where the lab is there (../shared/lab beside the repository, or LAB=its command) and no KUBECONFIG is set, the lab is the cluster.
 * Any other kubeconfig must have Istio with an ingress gateway, and must be able to get the images (docs/kubernetes.md).
 */
import { reach } from '@bookinfo/tools/k8s-reach'
import { run } from '@bookinfo/tools/k8s-run'
import { buildImages } from '@bookinfo/tools/images'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { apply, createNamespace, deleteNamespace, kubectl, namespace, ready, root } from './cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Base address of the ingress gateway. */
    gateway: string
    /** The lab's command, or nothing when another cluster is used. */
    lab: string
  }
}

export default async function setup(project: TestProject) {
  const lab = process.env['KUBECONFIG'] ? '' : labCommand()
  const stopLab = lab ? await startLab(lab) : async () => {}
  await kubectl('get', 'deployment', 'istiod', '-n', 'istio-system')
  await deleteNamespace(namespace)
  await createNamespace(namespace, { 'istio-injection': 'enabled' })
  await apply('platform/kube/bookinfo.yaml')
  await ready()
  await apply('networking/bookinfo-gateway.yaml')
  const gateway = await reach('istio-ingressgateway', 80, 'istio-system')
  project.provide('gateway', gateway.url)
  project.provide('lab', lab)
  return async () => {
    await gateway.stop()
    await deleteNamespace(namespace)
    await stopLab()
  }
}

function labCommand(): string {
  const command = process.env['LAB'] ?? resolve(root, '../../shared/lab/lab')
  return existsSync(command) ? command : ''
}

/** Installs and starts what is missing, and gives what ends it: a lab that was already up stays up. */
async function startLab(lab: string): Promise<() => Promise<void>> {
  const verb = (...args: string[]) => run(lab, args, { show: true, timeoutMs: 3_600_000 })
  await verb('install')
  const kubeconfig = (await run(lab, ['kubeconfig'])).stdout.trim()
  process.env['KUBECONFIG'] = kubeconfig
  // istioctl is among the lab's own binaries
  process.env['PATH'] = `${resolve(kubeconfig, '../../bin')}:${process.env['PATH']}`
  const wasUp = await kubectl('get', '--raw', '/readyz').then(
    () => true,
    () => false,
  )
  await verb('up')
  await verb('istio')
  await buildImages({ IMAGE_BUILDER: `${lab} build-image`, IMAGE_BASE: 'lab.local/node:26' })
  return async () => {
    if (!wasUp) await run(lab, ['down'], { show: true, env: { LAB_KEEP: '1' } })
  }
}
