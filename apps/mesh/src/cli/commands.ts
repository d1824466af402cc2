/** The commands by name. Each one gets the words after its own and gives the exit code. */
import { CliError } from './cli-error.ts'

const help = `Controls the local mesh that \`npm start\` runs, in kubectl's grammar.

  bookinfo apply -f FILE|DIR|- [-n NAMESPACE] [-R] [--dry-run=server]
  bookinfo delete -f FILE|DIR|- | delete KIND NAME [--ignore-not-found]
  bookinfo create secret tls NAME --cert=FILE --key=FILE -n istio-system | create secret generic NAME --from-file=[KEY=]FILE
  bookinfo get KIND [NAME] [-n NAMESPACE | -A] [-o yaml|json|name]     KIND: virtualservices, vs, dr, httproutes, all, pods, deployments, services, …
  bookinfo describe KIND NAME
  bookinfo explain [--user jason] [-H 'name: value'] [--from WORKLOAD --service SERVICE] [PATH]
  bookinfo scale WORKLOAD --replicas=N
  bookinfo restart WORKLOAD           new pods first (also: rollout restart deployment/WORKLOAD)
  bookinfo kill POD|WORKLOAD          as a crash would
  bookinfo label pod POD|WORKLOAD KEY=VALUE KEY- [--overwrite]     istio-locality=REGION.ZONE.SUBZONE says where a pod is
  bookinfo logs POD [-c istio-proxy] [--tail=20]     istio-proxy: its proxy's access log; the gateway's: logs deploy/istio-ingressgateway
  bookinfo traffic --rate 20 [--users jason,anonymous] [--path /productpage] [-H 'name: value'] | traffic stop
  bookinfo status

The mesh that was started last is found by itself; CONSOLE_PORT names another one.
`

type Command = (args: string[]) => Promise<number>

/** Loaded when they are called: a command must not wait for the others. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  apply: async () => (await import('./apply.ts')).apply,
  create: async () => (await import('./create.ts')).create,
  delete: async () => (await import('./apply.ts')).deleteObjects,
  get: async () => (await import('./get.ts')).get,
  describe: async () => (await import('./get.ts')).describe,
  explain: async () => (await import('./explain.ts')).explain,
  scale: async () => (await import('./workloads.ts')).scale,
  restart: async () => (await import('./workloads.ts')).restart,
  rollout: async () => (await import('./workloads.ts')).rollout,
  label: async () => (await import('./workloads.ts')).label,
  kill: async () => (await import('./workloads.ts')).kill,
  logs: async () => (await import('./workloads.ts')).logs,
  traffic: async () => (await import('./traffic.ts')).traffic,
  status: async () => (await import('./status.ts')).status,
}

/** Runs `args`, the words after `bookinfo`. */
export async function runCommand([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help' || args.includes('--help') || args.includes('-h')) {
    process.stdout.write(help)
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new CliError(`error: unknown command "${name}" for "bookinfo"`)
  return (await command())(args)
}
