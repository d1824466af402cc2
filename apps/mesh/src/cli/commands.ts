/** The commands by name. Each one gets the words after its own and gives the exit code. */
import { apply, deleteObjects } from './apply.ts'
import { CliError } from './cli-error.ts'
import { explain } from './explain.ts'
import { describe, get } from './get.ts'
import { traffic } from './traffic.ts'
import { kill, logs, restart, rollout, scale } from './workloads.ts'
import { status } from './status.ts'

const help = `Controls the local mesh that \`npm start\` runs, in kubectl's grammar.

  bookinfo apply -f FILE|DIR|- [-n NAMESPACE] [-R] [--dry-run=server]
  bookinfo delete -f FILE|DIR|- | delete KIND NAME [--ignore-not-found]
  bookinfo get KIND [NAME] [-n NAMESPACE | -A] [-o yaml|json|name]     KIND: virtualservices, vs, dr, httproutes, all, pods, deployments, services, …
  bookinfo describe KIND NAME
  bookinfo explain [--user jason] [-H 'name: value'] [--from WORKLOAD --service SERVICE] [PATH]
  bookinfo scale WORKLOAD --replicas=N
  bookinfo restart WORKLOAD           new pods first (also: rollout restart deployment/WORKLOAD)
  bookinfo kill POD|WORKLOAD          as a crash would
  bookinfo logs POD
  bookinfo traffic --rate 20 [--users jason,anonymous] [--path /productpage] [-H 'name: value'] | traffic stop
  bookinfo status

The mesh that was started last is found by itself; CONSOLE_PORT names another one.
`

const commands: Readonly<Record<string, (args: string[]) => Promise<number>>> = {
  apply,
  create: apply,
  delete: deleteObjects,
  get,
  describe,
  explain,
  scale,
  restart,
  rollout,
  kill,
  logs,
  traffic,
  status,
}

/** Runs `args`, the words after `bookinfo`. */
export async function runCommand([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help' || args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help)
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new CliError(`error: unknown command "${name}" for "bookinfo"`)
  return command(args)
}
