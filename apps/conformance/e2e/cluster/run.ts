/**
 * The suite on a cluster: `npm run e2e:conformance`. Needs a kubeconfig (KUBECONFIG), Istio with an ingress gateway, and the images
 * (docs/kubernetes.md). Bookinfo gets a namespace of its own, which is gone afterwards. What fails has to stand, with its reason, in
 * declared.json. `--output FOLDER` keeps the reports.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { markdown } from '../../src/report/markdown.ts'
import type { Report } from '../../src/report/report.ts'
import declared from './declared.json' with { type: 'json' }

const namespace = 'bookinfo-conformance'
const root = fileURLToPath(new URL('../../../../', import.meta.url))
const { values } = parseArgs({ options: { output: { type: 'string' }, seed: { type: 'string', default: '1' } } })
const folder = values.output ?? mkdtempSync(join(tmpdir(), 'conformance-'))

function kubectl(args: readonly string[], input?: object) {
  const { status } = spawnSync('kubectl', args, { input: JSON.stringify(input ?? ''), stdio: ['pipe', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`kubectl ${args.join(' ')} failed`)
}

/** Spans of this namespace alone, so that nobody else's tracing changes. */
const telemetry = {
  apiVersion: 'telemetry.istio.io/v1',
  kind: 'Telemetry',
  metadata: { name: 'conformance', namespace },
  spec: { tracing: [{ providers: [{ name: 'zipkin' }], randomSamplingPercentage: 100 }] },
}

mkdirSync(folder, { recursive: true })
try {
  const labels = { 'istio-injection': 'enabled' }
  kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } })
  for (const file of ['bookinfo', 'bookinfo-versions']) kubectl(['-n', namespace, 'apply', '-f', `${root}k8s/platform/kube/${file}.yaml`])
  kubectl(['-n', namespace, 'set', 'env', 'deployment', '--all', 'BOOKINFO_PROBE=on'])
  kubectl(['apply', '-f', '-'], telemetry)
  kubectl(['-n', namespace, 'rollout', 'status', 'deployment', '--timeout=180s'])
  const output = join(folder, 'report.json')
  const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))
  const args = [cli, 'run', '--target', 'kube', '--namespace', namespace, '--seed', values.seed, '--format', 'json', '--output', output]
  spawnSync(process.execPath, args, { stdio: 'inherit' })
  const report = JSON.parse(readFileSync(output, 'utf8')) as Report
  writeFileSync(join(folder, 'report.md'), markdown(report))
  const failed = report.results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)
  const surprising = failed.filter((name) => !(name in declared))
  const mended = Object.keys(declared).filter((name) =>
    report.results.some((result) => result.name === name && result.outcome === 'passed'),
  )
  for (const name of surprising) console.error(`${name} fails, and declared.json does not say why`)
  for (const name of mended) console.error(`${name} passes: take it out of declared.json`)
  console.log(`${folder}: report.json and report.md`)
  process.exitCode = surprising.length + mended.length > 0 ? 1 : 0
} finally {
  kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=120s'])
}
