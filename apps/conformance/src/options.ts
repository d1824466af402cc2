/** The command line, read and checked. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { limits } from './eventually.ts'
import { falseAlarmBudget } from './statistics/plan.ts'

export const help = `Does this mesh do what its rules say?

Usage: npx bookinfo-conformance COMMAND [options]

Commands:
  run              apply each check's rules, send its requests, judge what came back
  list             the checks
  describe NAME…   what a check is about, its rules and its sample size
  report FILE      another form of a run's JSON report
  completion SHELL the script that completes this command in bash, zsh or fish

Which mesh (run):
  --target local   the local mesh, started with BOOKINFO_PROBE=on npm start (default)
  --target kube    a cluster, by kubectl; services run with BOOKINFO_PROBE=on
  --target url     any mesh: --gateway, --apply and --delete
  --console URL    of the local mesh (http://localhost:20001, or CONSOLE_PORT)
  --namespace NS   of Bookinfo in the cluster (default); several, as A,B,C, share the checks among them
  --kubectl PATH   (kubectl)
  --gateway URL    of the ingress gateway (kube: port-forwarded by default)
  --gateway-tls URL   of its port for TLS, https://HOST:PORT (kube: port-forwarded by default)
  --apply COMMAND, --delete COMMAND   shell commands, {file} stands for the file; what is not there must not fail --delete
  --zipkin URL     where spans are found
  --settle MS      from an applied rule to its effect (local 0, kube and url ${limits.settle})

Which checks:
  --feature NAME   those about a feature; repeatable
  --check NAME     one check; repeatable
  --profile istio|gateway-api   by only one API (both by default)
  --max-unsupported N   fail when more checks than this are unsupported

How:
  --samples N      requests of each sampled check, instead of what its power asks for
  --alpha P        chance of a false alarm of the whole run (${falseAlarmBudget})
  --seed N         of the order (random)
  --parallel N     checks at once in a namespace, where they share no routes (4)

Report:
  --format pretty|junit|json|markdown|gateway-api|github   (pretty)
  --output FILE    instead of the terminal; progress is shown there then
  --configmap NAME also as report.json in a ConfigMap of the (first) namespace; for --target kube
  -h, --help       this text

Exit code: 0 all passed or unsupported, 1 a check failed, 2 the run could not be made, 130 stopped.
`

export const formats = ['pretty', 'junit', 'json', 'markdown', 'gateway-api', 'github'] as const
export type Format = (typeof formats)[number]

/** A command line that cannot be used; the message says what is expected. */
export class UsageError extends Error {}

/** Options as the parser knows them; completion is made of them. */
export const definitions = {
  target: { type: 'string', default: 'local' },
  console: { type: 'string' },
  namespace: { type: 'string' },
  kubectl: { type: 'string' },
  gateway: { type: 'string' },
  'gateway-tls': { type: 'string' },
  apply: { type: 'string' },
  delete: { type: 'string' },
  zipkin: { type: 'string' },
  settle: { type: 'string' },
  feature: { type: 'string', multiple: true },
  check: { type: 'string', multiple: true },
  profile: { type: 'string' },
  'max-unsupported': { type: 'string' },
  samples: { type: 'string' },
  alpha: { type: 'string' },
  seed: { type: 'string' },
  parallel: { type: 'string' },
  format: { type: 'string', default: 'pretty' },
  output: { type: 'string' },
  configmap: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

const ofTarget = ['target', 'console', 'namespace', 'kubectl', 'gateway', 'gateway-tls', 'apply', 'delete', 'zipkin', 'settle'] as const

const quoted = (text: string) => (/^[\w./:,@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

export type Options = ReturnType<typeof readOptions>

/** @throws UsageError */
export function readOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const { values, positionals } = parse(args)
  const [command = values.help ? 'help' : '', ...names] = positionals
  return {
    command: values.help ? 'help' : command,
    names,
    target: oneOf('--target', values.target, ['local', 'kube', 'url'] as const),
    console: values.console ?? `http://localhost:${env['CONSOLE_PORT'] || 20_001}`,
    namespace: values.namespace ?? 'default',
    kubectl: values.kubectl ?? 'kubectl',
    gateway: address('--gateway', values.gateway),
    gatewayTls: address('--gateway-tls', values['gateway-tls']),
    apply: values.apply,
    delete: values.delete,
    zipkin: address('--zipkin', values.zipkin),
    /** The part of the command line that says which mesh. */
    targetOptions: ofTarget.flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, quoted(values[name])])).join(' '),
    settle: number('--settle', values.settle, limits.settle, 0, limits.check),
    features: values.feature ?? [],
    checks: values.check ?? [],
    profile: values.profile === undefined ? undefined : oneOf('--profile', values.profile, ['istio', 'gateway-api'] as const),
    maxUnsupported: number('--max-unsupported', values['max-unsupported'], Infinity, 0),
    samples: values.samples === undefined ? undefined : number('--samples', values.samples, 0, 16, 50_000),
    alpha: fraction('--alpha', values.alpha ?? String(falseAlarmBudget)),
    seed: number('--seed', values.seed, randomInt(2 ** 32), 0, 2 ** 32 - 1),
    parallel: number('--parallel', values.parallel, 4, 1, 32),
    format: oneOf('--format', values.format, formats),
    output: values.output,
    configmap: ofCluster('--configmap', values.configmap, values.target),
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: definitions, allowPositionals: true })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function oneOf<T extends string>(option: string, value: string, values: readonly T[]): T {
  if (values.includes(value as T)) return value as T
  throw new UsageError(`${option} is "${value}": expected ${values.join(', ')}`)
}

function number(option: string, text: string | undefined, fallback: number, least: number, most = Infinity): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(`${option} is "${text}": expected a whole number from ${least}${most === Infinity ? ' on' : ` to ${most}`}`)
}

function ofCluster(option: string, value: string | undefined, target: string): string | undefined {
  if (value === undefined || target === 'kube') return value
  throw new UsageError(`${option} goes with --target kube`)
}

function fraction(option: string, text: string): number {
  const value = Number(text)
  if (value > 0 && value < 0.5) return value
  throw new UsageError(`${option} is "${text}": expected a probability above 0 and below 0.5`)
}

function address(option: string, text: string | undefined): string | undefined {
  if (text === undefined || (URL.canParse(text) && /^https?:\/\//.test(text))) return text?.replace(/\/$/, '')
  throw new UsageError(`${option} is "${text}": expected an address such as http://localhost:8080`)
}
