/** What needs kubectl and istioctl, in addition to the checks of `npm test`: rendering, Istio's own analysis, the API server's own validation. */
import { run } from '@bookinfo/tools/k8s-run'
import { globSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createNamespace, deleteNamespace, kubectl, ready, root } from './support/cluster.ts'

const tools = `${root}../tools/src`
const files = globSync('{platform,networking,gateway-api,policy,security,addons,injection}/**/*.yaml', { cwd: root }).sort()

test('rendering the kustomize overlays again gives the committed files', async () => {
  await expect(run(process.execPath, [`${tools}/k8s-render.ts`, '--check'])).resolves.toMatchObject({ stderr: '' })
})

describe('the API server takes', () => {
  // Needs cert-manager; two address families; istioctl, which reads it and not the cluster.
  const elsewhere = /certificate|dualstack|mesh-config/
  test.each(files.filter((file) => !elsewhere.test(file)))('%s', async (file) => {
    const answer = await run('kubectl', ['apply', '--dry-run=server', '--validate=strict', '-f', root + file])
    expect(answer.stdout).toContain('(server dry run)')
  })
})

describe('istioctl analyze finds nothing in', () => {
  const around = ['platform/kube/bookinfo.yaml', 'platform/kube/bookinfo-versions.yaml', 'platform/kube/bookinfo-versions-optional.yaml']
  const rules = files.filter((file) => /^(networking|security)\//.test(file) || file.startsWith('gateway-api/'))
  test.each(rules)('%s', async (file) => {
    const subsets = file.includes('virtual-service') ? ['networking/destination-rule-all.yaml'] : []
    // Without a list of authorities Istio's proxy uses its own, which that message does not know.
    const suppress = ['--suppress', 'IST0129=DestinationRule default/originate-tls-for-googleapis']
    const args = ['analyze', '--use-kube=false', '--color=false', ...suppress, ...[...around, ...subsets, file].map((one) => root + one)]
    const { stdout, stderr } = await run('istioctl', args)
    expect(stdout + stderr).toContain('No validation issues found')
  })
})

test('istioctl makes an installation of mesh-config.yaml that knows Zipkin', async () => {
  const { stdout } = await run('istioctl', ['manifest', 'generate', '-f', `${root}addons/mesh-config.yaml`])
  expect(stdout).toContain('service: zipkin.istio-system.svc.cluster.local')
})

test('a pod of the application is admitted where only restricted pods are', async () => {
  const name = 'bookinfo-e2e-restricted'
  await createNamespace(name, { 'pod-security.kubernetes.io/enforce': 'restricted' })
  try {
    await kubectl('apply', '-n', name, '-f', `${root}platform/kube/bookinfo-psa.yaml`)
    await ready(name)
    const { items } = JSON.parse(await kubectl('get', 'pods', '-n', name, '-o', 'json'))
    expect(items).toHaveLength(6)
  } finally {
    await deleteNamespace(name)
  }
})
