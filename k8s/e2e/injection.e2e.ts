/** What injection does to a pod, and `istioctl kube-inject` where the namespace has no label. */
import { eventually } from '@bookinfo/tools/eventually'
import { run } from '@bookinfo/tools/k8s-run'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { applyText, createNamespace, deleteNamespace, inPod, kubectl, namespace, pods, ready, root } from './support/cluster.ts'

/** The nat table of a pod, read by a debug container of the image that istio-init has, as root. */
async function natTable(of: string, selector: string): Promise<string> {
  const [pod] = await pods(selector, of)
  const image = pod.spec.initContainers.find(({ name }: any) => name === 'istio-init').image
  const folder = await mkdtemp(join(tmpdir(), 'bookinfo-'))
  const asRoot = join(folder, 'root.json')
  await writeFile(
    asRoot,
    JSON.stringify({ securityContext: { runAsUser: 0, runAsNonRoot: false, capabilities: { add: ['NET_ADMIN', 'NET_RAW'] } } }),
  )
  try {
    const args = ['debug', '-n', of, `pod/${pod.metadata.name}`, `--image=${image}`, '--profile=netadmin', `--custom=${asRoot}`, '-q', '-i']
    return (await run('kubectl', [...args, '--', 'iptables-save', '-t', 'nat'])).stdout
  } finally {
    await rm(folder, { recursive: true })
  }
}

describe('an injected pod', () => {
  test('has the sidecar as a native one, started before the service and ended after it', async () => {
    const [pod] = await pods('app=productpage')
    const sidecar = pod.spec.initContainers.find(({ name }: any) => name === 'istio-proxy')
    expect(sidecar).toMatchObject({ restartPolicy: 'Always', securityContext: { runAsUser: 1337 } })
  })

  test('sends outbound connections to port 15001 and inbound ones to 15006', async () => {
    const rules = await natTable(namespace, 'app=productpage')
    expect(rules).toMatch(/^:ISTIO_OUTPUT /m)
    expect(rules).toMatch(/^-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001$/m)
    expect(rules).toMatch(/^-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006$/m)
    expect(rules).toMatch(/^-A ISTIO_OUTPUT .*--uid-owner 1337 -j RETURN$/m)
    for (const port of [15020, 15021, 15090]) expect(rules).toMatch(new RegExp(`^-A ISTIO_INBOUND .*--dport ${port} -j RETURN$`, 'm'))
  })
})

describe('istioctl kube-inject, in a namespace without the label', () => {
  const name = 'bookinfo-e2e-injected'

  beforeAll(async () => {
    await createNamespace(name)
    const { stdout } = await run('istioctl', ['kube-inject', '-f', `${root}platform/kube/bookinfo.yaml`])
    await applyText(stdout, name)
    await ready(name)
  })
  afterAll(() => deleteNamespace(name))

  test('gives every pod a sidecar', async () => {
    const all = await pods('app.kubernetes.io/part-of=bookinfo', name)
    expect(all).toHaveLength(6)
    for (const { spec } of all) expect(spec.initContainers.map(({ name: one }: any) => one)).toContain('istio-proxy')
  })

  test('leaves the page working', async () => {
    // Once at least: of a starved machine productpage may give up on a service.
    await eventually(async () => {
      const page = await inPod(
        'productpage-v1',
        'productpage',
        'fetch("http://productpage:9080/productpage").then(async (r) => console.log(r.status, await r.text()))',
        name,
      )
      expect(page).toMatch(/^200 /)
      expect(page).toContain('Reviews served by')
      expect(page).not.toContain('currently unavailable')
    })
  })
})

// The committed form shows what this Istio makes of it; another version or configuration injects other lines.
test.runIf(inject('lab'))('the committed injected form of productpage is what istioctl kube-inject makes of the plain one', async () => {
  await expect(run(process.execPath, [`${root}../tools/src/k8s-inject.ts`, '--check'])).resolves.toMatchObject({ stderr: '' })
  expect(await kubectl('apply', '--dry-run=server', '-f', `${root}injection/productpage-injected.yaml`)).toContain('productpage-v1')
})
