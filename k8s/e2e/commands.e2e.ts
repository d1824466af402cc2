/** `npm run k8s:*` and cleanup.sh, as a newcomer meets them. */
import { eventually } from '@bookinfo/tools/eventually'
import { run } from '@bookinfo/tools/k8s-run'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apply, createNamespace, deleteNamespace, kubectl, remove, root } from './support/cluster.ts'

const cli = `${root}../tools/src/k8s-cli.ts`
const name = 'bookinfo-e2e-commands'

/** Runs one of the commands; gives what it printed and its exit code. */
const k8s = (verb: string, env: Record<string, string> = {}, args: string[] = []) =>
  run(process.execPath, [cli, verb, '--namespace', name, ...args], { env }).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    (error: { stderr: string }) => ({ code: 1, text: error.stderr }),
  )

/** Everything of a namespace that Kubernetes did not put there by itself. */
async function left(of: string): Promise<string[]> {
  const kinds = (await kubectl('api-resources', '--namespaced', '--verbs=list', '-o', 'name')).trim().split('\n')
  const wanted = kinds.filter((kind) => !/^(events|pods\.metrics|endpoints|bindings)/.test(kind))
  const found = (await kubectl('get', wanted.join(','), '-n', of, '-o', 'name')).split('\n')
  return found.filter((one) => one && !/kube-root-ca\.crt|istio-ca-root-cert|istio-ca-crl|serviceaccount\/default/.test(one))
}

describe('k8s:up, status, verify, down', () => {
  beforeAll(async () => {
    // Two gateways for every host: the older one would answer for both.
    await remove('networking/bookinfo-gateway.yaml')
  })
  afterAll(async () => {
    await deleteNamespace(name)
    await apply('networking/bookinfo-gateway.yaml')
  })

  test('up deploys everything and says where the page is', async () => {
    const { code, text } = await k8s('up')
    expect(text).toContain('/productpage')
    expect(code).toBe(0)
  })

  test('verify finds the page, details, ratings and all three versions of reviews', async () => {
    // Once at least: on a starved machine a service may be given up on.
    await eventually(async () => {
      const { code, text } = await k8s('verify')
      expect(text).toContain('ok   reviews are there (v1, v2, v3)')
      expect(code).toBe(0)
    })
  })

  test('verify fails when a service is away', async () => {
    await kubectl('delete', 'service', 'details', '-n', name)
    await eventually(async () => {
      const { code, text } = await k8s('verify')
      expect(text).toContain('1 of 4 checks failed')
      expect(code).toBe(1)
    })
  })

  test('down leaves nothing', async () => {
    expect((await k8s('down')).code).toBe(0)
    await expect(kubectl('get', 'namespace', name)).rejects.toThrow('not found')
  })
})

describe('what is missing is named', () => {
  test('kubectl', async () => {
    expect(await k8s('status', { PATH: '/nowhere' })).toEqual({ code: 1, text: expect.stringContaining('kubectl is not installed') })
  })

  test('a cluster', async () => {
    expect(await k8s('status', { KUBECONFIG: '/nowhere/config' })).toEqual({
      code: 1,
      text: expect.stringContaining('No cluster is configured'),
    })
  })
})

test('cleanup.sh removes application and rules from a namespace that stays', async () => {
  await createNamespace(name)
  try {
    await apply(['platform/kube/bookinfo-versions.yaml', 'platform/kube/bookinfo.yaml', 'networking/destination-rule-all.yaml'], name)
    await apply(['networking/virtual-service-all-v1.yaml', 'security/authorization-policies.yaml', 'security/network-policies.yaml'], name)
    expect((await left(name)).length).toBeGreaterThan(20)
    await run(`${root}platform/kube/cleanup.sh`, [], { env: { NAMESPACE: name } })
    expect(await left(name)).toEqual([])
  } finally {
    await deleteNamespace(name)
  }
})
