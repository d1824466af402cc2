#!/usr/bin/env node
/** `bookinfo-conformance`: the command line of the suite. */
import { completionWord } from '@bookinfo/contracts/shell-completion'
import { readFileSync, writeFileSync } from 'node:fs'
import { loadCatalog, readRules, type Case } from './catalog.ts'
import { complete, printScript } from './complete.ts'
import { help, readOptions, UsageError, type Format, type Options } from './options.ts'
import { gatewayApi } from './report/gateway-api.ts'
import { github } from './report/github.ts'
import { junit } from './report/junit.ts'
import { markdown } from './report/markdown.ts'
import { pretty, resultLines, summary } from './report/pretty.ts'
import { repeat, reportOf, type Report } from './report/report.ts'
import { plansOf, run } from './run.ts'
import { keepInConfigMap, kubeTarget } from './targets/kube.ts'
import { localTarget } from './targets/local.ts'
import { SetupError, type Target } from './targets/target.ts'
import { urlTarget } from './targets/url.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

async function main(): Promise<number> {
  const [first, ...rest] = process.argv.slice(2)
  if (first === completionWord) {
    await complete(rest)
    return 0
  }
  const options = readOptions(process.argv.slice(2), process.env)
  switch (options.command) {
    case 'run':
      return runCommand(options)
    case 'list':
      return list(options)
    case 'describe':
      return describe(options)
    case 'report':
      return convert(options)
    case 'completion':
      return printScript(options.names)
    case 'help':
      process.stdout.write(help)
      return 0
    default:
      throw new UsageError(options.command === '' ? 'expected a command' : `there is no command ${options.command}`)
  }
}

async function runCommand(options: Options): Promise<number> {
  const { alpha, seed, samples, parallel, format, output, configmap, kubectl } = options
  const cases = await chosen(options)
  const targets = await open(options)
  const [target] = targets
  const place = { name: target.name, options: options.targetOptions }
  // Progress goes where the report does not.
  const progress = output === undefined && format !== 'pretty' ? process.stderr : process.stdout
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())
  const [startedAt, began] = [new Date().toISOString(), performance.now()]
  const running = new Set<string>()
  const total = cases.length
  let over = 0
  const status = () => progress.isTTY && progress.write(`\r\u001b[K${over}/${total} ${[...running].join(' ').slice(0, 60)}`)
  try {
    const results = await run(cases, targets, {
      plans: plansOf(await loadCatalog(), alpha, samples),
      seed,
      parallel,
      signal: stop.signal,
      onStart(name) {
        running.add(name)
        status()
      },
      onResult(result) {
        running.delete(result.name)
        over++
        if (progress.isTTY) progress.write('\r\u001b[K')
        const file = cases.find(({ name }) => name === result.name)?.file
        const again = repeat({ target: place, seed }, result.name)
        progress.write(`${resultLines(result, file && readRules(file), again, progress)}\n`)
        status()
      },
    })
    if (progress.isTTY) progress.write('\r\u001b[K')
    const report = reportOf({
      version,
      startedAt,
      duration: Math.round(performance.now() - began),
      target: { ...place, versions: target.versions },
      seed,
      alpha,
      results,
    })
    if (output !== undefined || format !== 'pretty') write(format, report, output)
    if (configmap !== undefined) await keepInConfigMap(kubectl, target.namespace, configmap, { 'report.json': JSON.stringify(report) })
    progress.write(`${summary(report, progress)}\n`)
    if (stop.signal.aborted) return 130
    if (report.counts.unsupported > options.maxUnsupported) {
      process.stderr.write(`${report.counts.unsupported} checks are unsupported, --max-unsupported is ${options.maxUnsupported}\n`)
      return 1
    }
    return report.counts.failed > 0 ? 1 : 0
  } finally {
    await Promise.all(targets.map((each) => each.close()))
  }
}

async function open({
  target,
  console,
  namespace,
  kubectl,
  gateway,
  gatewayTls,
  zipkin,
  settle,
  apply,
  delete: remove,
  profile = 'istio',
}: Options): Promise<[Target, ...Target[]]> {
  const optional = {
    ...(gateway !== undefined && { gateway }),
    ...(gatewayTls !== undefined && { gatewayTls }),
    ...(zipkin !== undefined && { zipkin }),
  }
  if (target === 'local') return [await localTarget(console)]
  if (target === 'kube') {
    const [first = '', ...others] = namespace.split(',')
    const one = (each: string) => kubeTarget({ namespace: each, kubectl, settle, ...optional })
    return [await one(first), ...(await Promise.all(others.map(one)))]
  }
  if (gateway === undefined || apply === undefined || remove === undefined)
    throw new UsageError("--target url needs --gateway URL, --apply 'COMMAND {file}' and --delete 'COMMAND {file}'")
  return [await urlTarget({ ...optional, gateway, applyCommand: apply, deleteCommand: remove, profile, settle })]
}

/** @throws UsageError for an unknown check, a feature that no check has, and an empty selection */
async function chosen({ checks, features, profile, names }: Options): Promise<Case[]> {
  const catalog = await loadCatalog()
  const wanted = [...checks, ...names]
  for (const name of wanted)
    if (!catalog.some((each) => each.name === name || each.check === name))
      throw new UsageError(`there is no check ${name}: see bookinfo-conformance list`)
  for (const feature of features)
    if (!catalog.some(({ definition }) => definition.features.includes(feature)))
      throw new UsageError(
        `no check is about ${feature}; features are ${[...new Set(catalog.flatMap(({ definition }) => definition.features))].toSorted().join(', ')}`,
      )
  const found = catalog.filter(
    (each) =>
      (wanted.length === 0 || wanted.includes(each.name) || wanted.includes(each.check)) &&
      (features.length === 0 || features.some((feature) => each.definition.features.includes(feature))) &&
      (profile === undefined || each.profile === profile),
  )
  if (found.length === 0) throw new UsageError('no check matches --check, --feature and --profile together')
  return found
}

async function list(options: Options): Promise<number> {
  for (const { name, definition } of await chosen(options)) process.stdout.write(`${name.padEnd(44)} ${definition.title}\n`)
  return 0
}

async function describe(options: Options): Promise<number> {
  if (options.names.length === 0) throw new UsageError('describe what? expected names of checks')
  const plans = plansOf(await loadCatalog(), options.alpha, options.samples)
  for (const { name, definition, file } of await chosen(options)) {
    const { title, features, needs = [] } = definition
    const plan = plans.get(name)
    process.stdout.write(`${name}\n  ${title}\n  features: ${features.join(', ')}\n`)
    if (needs.length > 0) process.stdout.write(`  needs: ${needs.join(', ')}\n`)
    if (plan) process.stdout.write(`  samples: n = ${plan.n}, α = ${plan.alpha.toPrecision(3)} a test, power ${plan.power.toFixed(5)}\n`)
    if (file !== undefined) process.stdout.write(`  rules:\n${readRules(file).replaceAll(/^(?=.)/gm, '    ')}`)
    process.stdout.write('\n')
  }
  return 0
}

async function convert({ names, format, output }: Options): Promise<number> {
  const [file] = names
  if (file === undefined) throw new UsageError('expected the JSON report of a run')
  write(format, JSON.parse(readFileSync(file, 'utf8')) as Report, output)
  return 0
}

function write(format: Format, report: Report, output: string | undefined) {
  const forms = { junit, github, markdown, 'gateway-api': gatewayApi, json: (given: Report) => `${JSON.stringify(given, null, 2)}\n` }
  const text = format === 'pretty' ? pretty(report, process.stdout) : forms[format](report)
  if (output === undefined) process.stdout.write(text)
  else writeFileSync(output, text)
}

try {
  process.exitCode = await main()
} catch (error) {
  const known = error instanceof UsageError || error instanceof SetupError || (error as NodeJS.ErrnoException).code !== undefined
  process.stderr.write(`bookinfo-conformance: ${known ? (error as Error).message : (error as Error).stack}\n`)
  if (error instanceof UsageError) process.stderr.write('bookinfo-conformance --help tells more\n')
  process.exitCode = 2
}
