/** The way from this machine to a Service, where no node port leads there. */
import { forward } from '@bookinfo/tools/k8s-reach'
import { expect, test } from 'vitest'
import { kubectl, namespace, ready } from './support/cluster.ts'
import { eventually } from '@bookinfo/tools/eventually'

test('a port-forward whose pod goes is begun again at the same address', async () => {
  const way = await forward('details', 9080, namespace)
  try {
    const health = async () => (await fetch(`${way.url}/health`, { headers: { connection: 'close' } })).status
    expect(await health()).toBe(200)
    await kubectl('delete', 'pod', '-n', namespace, '-l', 'app=details')
    await ready()
    await eventually(async () => expect(await health()).toBe(200))
  } finally {
    await way.stop()
  }
  await expect(fetch(`${way.url}/health`)).rejects.toThrow('fetch failed')
})
