/** Before all files: a cluster with Istio and the images, and Bookinfo in its own namespace. After them: nothing of it is left. */
import { reach } from '@bookinfo/tools/k8s-reach'
import { labCommand, useCluster } from '@bookinfo/tools/lab'
import type { TestProject } from 'vitest/node'
import { apply, createNamespace, deleteNamespace, kubectl, namespace, ready } from './cluster.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Base address of the ingress gateway. */
    gateway: string
    /** The lab's command, or nothing when another cluster is used. */
    lab: string
  }
}

export default async function setup(project: TestProject) {
  const lab = labCommand()
  const leaveCluster = await useCluster()
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
    await leaveCluster()
  }
}
