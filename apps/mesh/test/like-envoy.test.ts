/** The same bytes as e2e/like-envoy.e2e.ts sends to the real Envoy, and the same verdicts. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLab, type Lab } from './helpers/lab.ts'
import { startApplication, verdictOf, type Application } from './helpers/wire.ts'
import { wireCases } from './helpers/wire-cases.ts'

const entry = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: all}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: all}
spec:
  hosts: ["*"]
  gateways: [all]
  http: [{route: [{destination: {host: reviews}}]}]
`

let lab: Lab
let application: Application
beforeAll(async () => {
  application = await startApplication()
  lab = await startLab()
  for (const endpoint of lab.endpoints) Object.assign(endpoint, { port: application.port })
  lab.apply(entry)
})
afterAll(async () => {
  application.close()
  await lab.close()
})

describe.each(['gateway', 'sidecar'] as const)('at the %s', (door) => {
  test.each(wireCases)('$name', async (wireCase) => {
    const { verdict } = wireCase
    const port = door === 'gateway' ? lab.ports.gateway : lab.ports.any
    expect(await verdictOf(wireCase, port, application)).toBe(typeof verdict === 'string' ? verdict : verdict.here)
  })
})

test('https in the target is refused at the gateway, where the client came without TLS', async () => {
  const wireCase = { name: '', bytes: 'GET https://reviews:9080/ HTTP/1.1\r\nHost: reviews:9080\r\n\r\n', verdict: '' }
  expect(await verdictOf(wireCase, lab.ports.gateway, application)).toBe('403 closed')
  expect(await verdictOf(wireCase, lab.ports.any, application)).toBe('200 kept: GET /')
})

test('every difference stands in the table of README', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [, table = ''] = /## Where it differs from Envoy\n([^]*?)\n## /.exec(readme) ?? []
  for (const { verdict } of wireCases) if (typeof verdict === 'object') expect(table).toContain(`\n| ${verdict.why} | `)
})
