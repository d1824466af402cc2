/**
 * The suite on a cluster: `npm run e2e:conformance`. On the lab where it is present, else on the cluster of your kubeconfig, which must have
 * Istio with an ingress gateway and be able to get the images (docs/kubernetes.md). Bookinfo gets its own namespaces, which are gone
 * afterwards. What does not pass has to stand, with its outcome and the reason, in declared.json.
 * Then the suite runs as a Job inside the cluster, and has to find the same: a few checks of every kind of rules, or with `--job all` all of them.
 * `--namespaces N` share the checks among them, `--output FOLDER` holds the reports.
 */
import { patience } from '@bookinfo/tools/eventually'
import { reach, type Way } from '@bookinfo/tools/k8s-reach'
import { run } from '@bookinfo/tools/k8s-run'
import { useCluster } from '@bookinfo/tools/lab'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { junit } from '../../src/report/junit.ts'
import { markdown } from '../../src/report/markdown.ts'
import { seconds, type Report } from '../../src/report/report.ts'
import { application } from './application.ts'
import { runJob, unlike } from './job.ts'
import declarations from './declared.json' with { type: 'json' }

/** What does not pass on this cluster, by the names of checks. */
const declared: Record<string, { outcome: string; reason: string }> = declarations

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const { values } = parseArgs({
  options: {
    namespaces: { type: 'string', default: '2' },
    output: { type: 'string', default: path('../../reports') },
    seed: { type: 'string', default: '1' },
    job: { type: 'string', default: 'few' },
  },
})
const folder = values.output
const namespaces = Array.from({ length: Number(values.namespaces) }, (_, i) => `bookinfo-conformance-${i + 1}`)
/** kubectl's own waits, which it explains when they end, and those for kubectl. */
const limit = `--timeout=${(5 * patience) / 1000}s`
/** Milliseconds from an applied rule to its effect: Istio takes 0.4 s, and more than 2.5 s on a node whose two cores are all in use. */
const settle = ['--settle', '6000']
const kubectl = (args: readonly string[], input?: object) =>
  run('kubectl', args, { timeoutMs: 6 * patience, ...(input && { input: JSON.stringify(input) }) })

/** Zipkin where the mesh reports to, unless there is one. Gives what removes it again. */
async function useZipkin(): Promise<() => Promise<unknown>> {
  const isThere = await kubectl(['get', 'deployment/zipkin', '-n', 'istio-system']).then(
    () => true,
    () => false,
  )
  const file = path('../../../../k8s/addons/zipkin.yaml')
  if (!isThere) await kubectl(['apply', '-f', file])
  await kubectl(['rollout', 'status', 'deployment/zipkin', '-n', 'istio-system', limit])
  return async () => isThere || kubectl(['delete', '-f', file, '--ignore-not-found'])
}

async function deploy(namespace: string) {
  await kubectl(['delete', 'namespace', namespace, '--ignore-not-found', limit])
  await kubectl(['apply', '-f', '-'], application(namespace))
}

/** What the suite found. */
async function judge(gateway: string, gatewayTls: string, zipkin: string): Promise<Report> {
  const output = join(folder, 'conformance-report.json')
  const place = [
    '--target',
    'kube',
    ...settle,
    '--namespace',
    namespaces.join(','),
    '--gateway',
    gateway,
    '--gateway-tls',
    gatewayTls,
    '--zipkin',
    zipkin,
  ]
  const args = [path('../../src/cli.ts'), 'run', ...place, '--parallel', '2', '--seed', values.seed, '--format', 'json', '--output', output]
  const suite = spawn(process.execPath, args, { stdio: 'inherit' })
  // Ctrl-C reaches both: the suite takes back what it applied, and the namespaces are removed here.
  process.on('SIGINT', () => undefined)
  await once(suite, 'close')
  return JSON.parse(readFileSync(output, 'utf8')) as Report
}

/** Each right of k8s/conformance/rights.yaml is needed by one of them. */
const few = [
  'access-log',
  'authorization-path',
  'egress-service-entry',
  'gateway-redirect',
  'header-exact@gateway-api',
  'jwt',
  'mtls-strict',
  'retry-count@gateway-api',
  'trace-page',
  'weights-three-ways',
]

/** What the Job in the cluster finds differently, and how many checks it ran. */
async function judgeInside(report: Report): Promise<{ differences: string[]; checks: number }> {
  const checks = values.job === 'all' ? undefined : few
  const args = [`--seed=${values.seed}`, ...settle, ...(checks ?? []).map((check) => `--check=${check}`)]
  const inside = await runJob(namespaces[0]!, args)
  writeFileSync(join(folder, 'conformance-job.json'), JSON.stringify(inside.report, null, 2))
  const expected = inside.report.counts.failed > 0 ? 1 : 0
  const differences = [
    ...unlike(inside.report, report, checks),
    ...(inside.exitCode === expected ? [] : [`exit code ${inside.exitCode}, with ${inside.report.counts.failed} failed checks`]),
  ]
  return { differences, checks: inside.report.results.length }
}

/** Writes the reports; how many outcomes are not those that are declared, and how many the Job did not find so. */
function conclude(report: Report, job: Awaited<ReturnType<typeof judgeInside>>): number {
  writeFileSync(join(folder, 'conformance.md'), markdown(report))
  writeFileSync(join(folder, 'conformance.xml'), junit(report))
  const { results, counts, duration } = report
  const surprises = results.filter(({ name, outcome }) => outcome !== 'passed' && declared[name]?.outcome !== outcome)
  const outdated = Object.keys(declared).filter((name) => !results.some((result) => result.name === name && result.outcome !== 'passed'))
  for (const { name, outcome, reason = '', observations } of surprises) {
    console.error(`${name}: ${outcome}, and declared.json does not say why. ${reason}`)
    for (const { pass, what, expected, observed } of observations)
      if (!pass) console.error(`  ${what}: expected ${expected}, observed ${observed}`)
  }
  for (const name of outdated) console.error(`${name}: it passes or is not a check, take it out of declared.json`)
  for (const difference of job.differences) console.error(`The Job in the cluster: ${difference}`)
  const wrong = surprises.length + outdated.length + job.differences.length
  const known = counts.failed + counts.unsupported - surprises.length
  const same = job.checks - job.differences.length
  console.log(
    `${counts.passed} passed, ${wrong} wrong, ${known} as declared, in ${seconds(duration)} s, ${same} of ${job.checks} the same as a Job in the cluster: ${folder}/conformance.{md,xml}`,
  )
  // In the form that tools/src/count-tests.ts adds up.
  const sums = { numPassedTests: counts.passed + same, numFailedTests: wrong, numPendingTests: 0, numTodoTests: 0, testResults: [] }
  writeFileSync(join(folder, 'conformance.json'), JSON.stringify(sums))
  return wrong
}

mkdirSync(folder, { recursive: true })
for (const file of ['conformance-report.json', 'conformance-job.json', 'conformance.json', 'conformance.md', 'conformance.xml'])
  rmSync(join(folder, file), { force: true })
const closing: (() => Promise<unknown>)[] = [await useCluster()]
try {
  closing.push(() => kubectl(['delete', 'namespace', ...namespaces, '--ignore-not-found', limit]))
  const [leaveZipkin] = await Promise.all([useZipkin(), ...namespaces.map(deploy)])
  closing.push(leaveZipkin)
  for (const namespace of namespaces) await kubectl(['wait', 'deployment', '--all', '-n', namespace, '--for=condition=Available', limit])
  const ways: Way[] = []
  for (const [service, port] of [
    ['istio-ingressgateway', 80],
    ['istio-ingressgateway', 443],
    ['zipkin', 9411],
  ] as const) {
    const way = await reach(service, port, 'istio-system')
    ways.push(way)
    closing.push(way.stop)
  }
  const [gateway, gatewayTls, zipkin] = ways as [Way, Way, Way]
  const report = await judge(gateway.url, gatewayTls.url, zipkin.url)
  process.exitCode = conclude(report, await judgeInside(report)) > 0 ? 1 : 0
} finally {
  for (const close of closing.toReversed()) await close().catch((error: Error) => console.error(error.message))
}
