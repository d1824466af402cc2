/** The suite from inside the cluster that it judges: what `kubectl apply -k k8s/conformance` does, in the tests' own namespace. */
import { eventually, patience } from '@bookinfo/tools/eventually'
import { run } from '@bookinfo/tools/k8s-run'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import type { Report } from '../../src/report/report.ts'

const folder = fileURLToPath(new URL('../../../../k8s/conformance', import.meta.url))
const name = 'bookinfo-conformance'

interface Manifest {
  kind: string
  metadata: { namespace: string }
  subjects?: { namespace: string }[]
  spec?: { template: { spec: { containers: [{ args: string[] }] } } }
}

interface Job {
  status: { conditions?: { type: string; status: string }[] }
}

/** Runs it to its end with more arguments. Gives its exit code, and the report that it left. */
export async function runJob(namespace: string, args: readonly string[]): Promise<{ exitCode: number; report: Report }> {
  const ask = async (...words: string[]) => (await run('kubectl', ['-n', namespace, ...words])).stdout
  const manifests = await placed(namespace, args)
  await run('kubectl', ['apply', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }) })
  try {
    await eventually(
      async () => {
        const { status } = JSON.parse(await ask('get', 'job', name, '-o', 'json')) as Job
        if (!status.conditions?.some(({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True'))
          throw new Error(`job/${name} has not ended`)
      },
      jobLimitMs,
      1000,
    )
    const exitCode = Number(await ask('get', 'pod', '-l', `job-name=${name}`, '-o', `jsonpath=${exitCodePath}`))
    const report = await ask('get', 'configmap', name, '-o', String.raw`jsonpath={.data.report\.json}`)
    if (report === '') throw new Error(`job/${name} left no report`)
    return { exitCode, report: JSON.parse(report) as Report }
  } catch (error) {
    console.error(await ask('describe', 'job', name), await ask('logs', `job/${name}`).catch(String))
    throw error
  } finally {
    await run('kubectl', ['delete', '-f', '-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }) })
  }
}

const exitCodePath = '{.items[0].status.containerStatuses[0].state.terminated.exitCode}'
/** For all checks, on a slow machine. */
const jobLimitMs = 60 * patience

async function placed(namespace: string, args: readonly string[]): Promise<Manifest[]> {
  const { stdout } = await run('kubectl', ['kustomize', folder])
  const manifests = parseAllDocuments(stdout).map((document) => document.toJS() as Manifest)
  for (const { kind, metadata, subjects = [], spec } of manifests) {
    for (const each of [metadata, ...subjects]) each.namespace = namespace
    if (kind === 'Job') spec!.template.spec.containers[0].args.push(...args)
  }
  return manifests
}

/** How the report of the Job differs from that of the command line, one line each; of the checks that the Job was asked for. */
export function unlike(job: Report, commandLine: Report, checks: readonly string[] | undefined): string[] {
  const wanted = commandLine.results.filter((result) => checks?.includes(result.name) ?? true)
  const facts = (results: Report['results']) =>
    new Map(
      results.map(({ name: check, outcome, plan, observations, reason }) => [
        check,
        JSON.stringify({ outcome, plan, found: observations.map(({ what }) => what), reason }),
      ]),
    )
  const [inside, outside] = [facts(job.results), facts(wanted)]
  const versions = [job, commandLine].map(({ target }) => JSON.stringify(target.versions))
  return [
    ...(versions[0] === versions[1] ? [] : [`versions: ${versions.join(', from outside ')}`]),
    ...[...new Set([...inside.keys(), ...outside.keys(), ...(checks ?? [])])]
      .filter((check) => inside.get(check) !== outside.get(check) || !inside.has(check))
      .map((check) => `${check}: ${inside.get(check)}, from outside ${outside.get(check)}`),
  ]
}
