/** Mutual TLS for all, and the application's call graph as the only calls that are allowed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { login, pageInTime } from './support/bookinfo.ts'
import { apply, createNamespace, deleteNamespace, inPod, namespace, ready, remove, removeRules } from './support/cluster.ts'
import { eventually } from '@bookinfo/tools/eventually'

const outside = 'bookinfo-e2e-outside'

beforeAll(async () => {
  await removeRules()
  await createNamespace(outside)
  await apply('platform/kube/bookinfo-details.yaml', outside)
  await ready(outside)
})
afterAll(() => deleteNamespace(outside))

/** Status of a request that a pod sends, or the error's code where there was no answer. */
async function ask(deployment: string, url: string, { of = namespace, method = 'GET' } = {}): Promise<string> {
  const body = method === 'POST' ? `, body: '{"Reviewer1":1}'` : ''
  const script = `fetch("${url}", { method: "${method}"${body} }).then((r) => console.log(r.status), (e) => console.log(e.cause.code))`
  return (await inPod(deployment, deployment.split('-')[0] ?? '', script, of)).trim()
}

describe('peer-authentication-strict', () => {
  const plaintext = () => ask('details-v1', `http://reviews.${namespace}:9080/reviews/0`, { of: outside })

  beforeAll(async () => {
    // Without it Istio takes both: the refusal below is the policy's work.
    await eventually(async () => expectAnswer(await plaintext(), '200'))
    await apply('security/peer-authentication-strict.yaml')
  })
  afterAll(() => remove('security/peer-authentication-strict.yaml'))

  test('refuses plaintext from outside the mesh', async () => {
    await eventually(async () => expect(await plaintext()).toMatch(/^(ECONNRESET|UND_ERR_SOCKET)$/))
  })

  test('keeps the page working', async () => {
    expect((await pageInTime()).text).not.toContain('currently unavailable')
  })
})

describe('authorization-policies', () => {
  const paths = { productpage: '/productpage', details: '/details/0', reviews: '/reviews/0', ratings: '/ratings/0' }
  type Service = keyof typeof paths
  const callers = { productpage: 'productpage-v1', details: 'details-v1', reviews: 'reviews-v2', ratings: 'ratings-v1' }
  const allowed = new Set(['productpage → details', 'productpage → reviews', 'productpage → ratings', 'reviews → ratings'])
  const services = Object.keys(paths) as Service[]
  const pairs = services.flatMap((from) => services.map((to): [Service, Service] => [from, to]))

  beforeAll(async () => {
    await apply(['security/peer-authentication-strict.yaml', 'security/authorization-policies.yaml'])
    await eventually(async () => expectAnswer(await ask('ratings-v1', 'http://details:9080/details/0'), '403'))
  })
  afterAll(() => remove(['security/authorization-policies.yaml', 'security/peer-authentication-strict.yaml']))

  // A connection that two sidecars opened before the policy came obeys it only once it has been drained: hence `eventually`.
  test.each(pairs)('%s calls %s as the call graph says', async (from, to) => {
    const expected = allowed.has(`${from} → ${to}`) ? '200' : '403'
    await eventually(async () => expect(await ask(callers[from], `http://${to}:9080${paths[to]}`)).toBe(expected))
  })

  test('reviews may read ratings and not write them', async () => {
    // Of a book that no page shows: what is written before the policy is in force stays written.
    await eventually(async () => expect(await ask('reviews-v2', 'http://ratings:9080/ratings/1', { method: 'POST' })).toBe('403'))
  })

  test("no workload reads another one's metrics through the mesh", async () => {
    await eventually(async () => expect(await ask('productpage-v1', 'http://details:9080/metrics')).toBe('403'))
  })

  test('the page and the sign-in come through the gateway', async () => {
    const session = await login('jason')
    const { status, text } = await pageInTime({ session })
    expect(status).toBe(200)
    expect(text).not.toContain('currently unavailable')
  })
})

function expectAnswer(answer: string, wanted: string): void {
  if (answer !== wanted) throw new Error(`answered ${answer}, not yet ${wanted}`)
}
