/** `exec`: a command as if it ran in a pod. A pod is a process without its own file system or network, so it is a command of this machine
 * which calls as that pod does: by its proxy, with its identity. The command runs here, with the rights of the person who typed it; the mesh starts nothing. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants as osConstants } from 'node:os'
import { CliError } from './cli-error.ts'
import type { Typed } from './flag-reader.ts'
import { podEnvironment } from './pod-environment.ts'
import { podsMeant, type RunningPod } from './pod-words.ts'
import { withPodTools } from './pod-tools.ts'

const onlyThese =
  "a pod of the local mesh is a process of this machine, without its own file system: it takes curl, env, printenv, and sh -c '… curl …'"

/** `exec POD|deploy/NAME [-c CONTAINER] [-it] -- COMMAND [ARGS…]` */
export async function exec(typed: Typed): Promise<number> {
  const { words, dashAt } = typed
  if (dashAt === undefined && words.length > 1)
    throw new CliError(
      `error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead: bookinfo exec ${words[0]} -- ${words.slice(1).join(' ')}`,
    )
  const target = dashAt === 0 ? undefined : words[0]
  if (target === undefined) throw new CliError('error: pod, type/name or --filename must be specified')
  if ((dashAt ?? 1) > 1) throw new CliError(`error: expected one pod before --, found ${words.slice(0, dashAt).join(' ')}`)
  const command = words.slice(1)
  if (command.length === 0) throw new CliError('error: you must specify at least one command for the container')
  const meant = await podsMeant(target, typed.namespace)
  if (meant.kind === 'gateway')
    throw new CliError(
      'error: the gateway is a part of the mesh and runs no commands: its access log is bookinfo logs deploy/istio-ingressgateway',
    )
  const [running] = meant.pods as [RunningPod, ...RunningPod[]]
  checkContainer(typed.text('container'), running)
  if (running.pod.phase !== 'ready' && running.pod.phase !== 'starting')
    throw new CliError(`error: cannot exec into a container in a completed pod; current phase is ${running.pod.phase}`)
  return run(command, running, typed.on('stdin'))
}

function checkContainer(container: string | undefined, { pod, workload }: RunningPod) {
  if (container === undefined || container === workload.app) return
  throw new CliError(
    container === 'istio-proxy'
      ? `error: the proxy of ${pod.name} is a part of the mesh and runs no commands: its access log is bookinfo logs ${pod.name} -c istio-proxy`
      : `Error from server (BadRequest): container ${container} is not valid for pod ${pod.name}`,
  )
}

const nameOf = (path: string) => path.replace(/^.*\//, '')

async function run([program = '', ...args]: readonly string[], running: RunningPod, stdin: boolean): Promise<number> {
  const name = nameOf(program)
  if (name === 'env' && args.length === 0) return print(await podEnvironment(running))
  if (name === 'printenv') return printSome(await podEnvironment(running), args)
  const isShell = /^(sh|bash|ash|dash)$/.test(name)
  const script = isShell ? args[args.findIndex((arg) => /^-[a-z]*c$/.test(arg)) + 1] : undefined
  if (isShell ? script === undefined || !/\b(curl|printenv|env)\b/.test(script) : name !== 'curl')
    throw new CliError(`error: ${[program, ...args].join(' ')} is not run: ${onlyThese}`)
  return withPodTools(running, (environment) => child(isShell ? name : 'curl', args, environment, stdin))
}

/** In this process's own group: Ctrl-C ends it as well. */
async function child(program: string, args: readonly string[], env: NodeJS.ProcessEnv, stdin: boolean): Promise<number> {
  const running = spawn(program, args, { env, stdio: [stdin ? 'inherit' : 'ignore', 'inherit', 'inherit'] })
  const ignore = () => undefined
  process.on('SIGINT', ignore)
  try {
    const [code, signal] = (await once(running, 'close')) as [number | null, NodeJS.Signals | null]
    const status = code ?? 128 + (signal === null ? 0 : osConstants.signals[signal])
    if (status !== 0) process.stderr.write(`command terminated with exit code ${status}\n`)
    return status
  } catch (error) {
    throw new CliError(`error: ${program} did not start: ${(error as Error).message}`)
  } finally {
    process.off('SIGINT', ignore)
  }
}

function print(environment: Readonly<Record<string, string>>): number {
  for (const [name, value] of Object.entries(environment)) process.stdout.write(`${name}=${value}\n`)
  return 0
}

/** As printenv: the values of the names, 1 when one is not set. */
function printSome(environment: Readonly<Record<string, string>>, names: readonly string[]): number {
  if (names.length === 0) return print(environment)
  const values = names.flatMap((name) => (Object.hasOwn(environment, name) ? [environment[name]!] : []))
  for (const value of values) process.stdout.write(`${value}\n`)
  if (values.length === names.length) return 0
  process.stderr.write('command terminated with exit code 1\n')
  return 1
}
