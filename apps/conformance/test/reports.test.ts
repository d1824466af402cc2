import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { gatewayApi } from '../src/report/gateway-api.ts'
import { github } from '../src/report/github.ts'
import { junit } from '../src/report/junit.ts'
import { markdown } from '../src/report/markdown.ts'
import { pretty } from '../src/report/pretty.ts'
import { reportOf } from '../src/report/report.ts'
import type { Result } from '../src/run-check.ts'

const base = { profile: 'gateway-api' as const, features: ['Weights'], observations: [], duration: 1234 }
const results: Result[] = [
  {
    ...base,
    name: 'weights@gateway-api',
    title: 'Weights hold',
    outcome: 'passed',
    observations: [],
    plan: { n: 5000, alpha: 1e-5, power: 0.9991 },
  },
  {
    ...base,
    name: 'mirror@gateway-api',
    title: 'A mirror mirrors',
    features: ['Mirror'],
    outcome: 'failed',
    observations: [
      { what: 'answers', pass: true, expected: 'status 200', observed: '200' },
      { what: 'arrived <&"\u0000>', pass: false, expected: '40 | 40', observed: '40 | 0' },
    ],
  },
  {
    ...base,
    name: 'locality',
    title: 'Near is preferred',
    profile: 'istio',
    features: ['Locality'],
    outcome: 'unsupported',
    reason: 'no locality',
  },
  { ...base, name: 'weights', title: 'Weights hold', profile: 'istio', outcome: 'failed', reason: 'not over', observations: [] },
]
const report = reportOf({
  version: '0.1.0',
  startedAt: '2026-01-02T03:04:05.000Z',
  duration: 60_000,
  target: { name: 'kube', options: '--target kube', versions: { kubernetes: 'v1.35.0' } },
  seed: 7,
  alpha: 0.001,
  results,
})

test('the report counts, and a feature has failed when one of its checks did', () => {
  expect(report.counts).toEqual({ passed: 1, failed: 2, unsupported: 1 })
  expect(report.features).toEqual({ Weights: 'failed', Mirror: 'failed', Locality: 'unsupported' })
})

test('a run names versions, target, features, sample sizes, seed and duration', () => {
  expect(report).toMatchObject({
    target: { name: 'kube', options: '--target kube', versions: { kubernetes: 'v1.35.0' } },
    seed: 7,
    duration: 60_000,
  })
  expect(report.results[0]?.plan).toEqual({ n: 5000, alpha: 1e-5, power: 0.9991 })
})

test('JUnit: counts, skipped reason, failure with what to repeat, and nothing that XML does not allow', () => {
  const xml = junit(report)
  expect(xml).toContain('tests="4" failures="2" errors="0" skipped="1"')
  expect(xml).toContain('<skipped message="no locality"/>')
  expect(xml).toContain('arrived &lt;&amp;&quot;&gt;: expected 40 | 40, observed 40 | 0')
  expect(xml).toContain('npx bookinfo-conformance run --target kube --check mirror@gateway-api --seed 7')
  expect(xml).toContain('timestamp="2026-01-02T03:04:05"')
})

test('Markdown: one row per check, cells that stay cells', () => {
  const text = markdown(report)
  expect(text).toContain('| weights@gateway-api | passed | 1.23 s | n = 5000, α = 0.000010, power 0.9991 |  |')
  expect(text).toContain('40 \\| 40 expected')
})

test("the Gateway API's form: only its own checks, with statistics that add up", () => {
  const given = parse(gatewayApi(report))
  expect(given).toMatchObject({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'ConformanceReport',
    date: '2026-01-02T03:04:05.000Z',
    implementation: { organization: 'bookinfo-conformance', project: 'kube', version: 'kubernetes v1.35.0' },
    profiles: [
      {
        name: 'MESH-HTTP',
        core: { result: 'failure', statistics: { Passed: 1, Failed: 1, Skipped: 0 }, failedTests: ['mirror@gateway-api'] },
        extended: { supportedFeatures: ['Weights'], unsupportedFeatures: [] },
      },
    ],
  })
})

test('for people: what failed, what was expected and observed, and how to repeat it', () => {
  const text = pretty(report, process.stdout)
  expect(text).toContain('expected  40 | 40')
  expect(text).toContain('observed  40 | 0')
  expect(text).toContain('again     npx bookinfo-conformance run --target kube --check weights --seed 7')
})

test('GitHub annotates each failed check, whatever characters it observed, and counts all', () => {
  expect(github(report).split('\n')).toEqual([
    '::error title=mirror@gateway-api%3A A mirror mirrors::arrived <&"\u0000>: expected 40 | 40, observed 40 | 0%0Anpx bookinfo-conformance run --target kube --check mirror@gateway-api --seed 7',
    '::error title=weights%3A Weights hold::not over%0Anpx bookinfo-conformance run --target kube --check weights --seed 7',
    '::notice title=Conformance of kube::1 passed, 2 failed, 1 unsupported',
    '',
  ])
})
