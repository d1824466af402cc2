/** `OTEL_TRACES_EXPORTER=zipkin npm start`: the services' spans are in the mesh's own collector. */
import { startMesh } from '@bookinfo/tools/mesh-process'
import { expect, test } from 'vitest'
import type { ZipkinSpan } from '../src/tracing/span.ts'

test('the spans of one page are those of mesh and services', async () => {
  const { gateway, zipkin, stop } = await startMesh({ env: { OTEL_TRACES_EXPORTER: 'zipkin' } })
  await fetch(`${gateway}/productpage`, { headers: { b3: '463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1' } })
  const servers = async () => {
    const answer = await fetch(`${zipkin}/api/v2/trace/463ac35c9f6413ad48485a3953bb6124`)
    const spans = (await answer.json()) as ZipkinSpan[]
    const ofServices = spans.filter(({ kind, tags }) => kind === 'SERVER' && tags?.['component'] !== 'proxy')
    return new Set(ofServices.map(({ localEndpoint }) => localEndpoint?.serviceName).filter((name) => name !== 'ratings'))
  }
  await expect.poll(servers).toEqual(new Set(['productpage', 'details', 'reviews']))
  await stop()
})
