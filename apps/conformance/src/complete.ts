/** What the last word of a command line can become, for the shells. */
import { completionLines, completionScript, shells, type Completions } from '@bookinfo/contracts/shell-completion'
import { loadCatalog } from './catalog.ts'
import { definitions, formats, UsageError } from './options.ts'

const commands: Readonly<Record<string, string>> = {
  run: "apply each check's rules, send its requests, judge what came back",
  list: 'the checks',
  describe: 'what a check is about, its rules and its sample size',
  report: "another form of a run's JSON report",
  completion: 'the script that completes this command in a shell',
}

const valuesOf: Readonly<Record<string, readonly string[]>> = {
  target: ['local', 'kube', 'url'],
  profile: ['istio', 'gateway-api'],
  format: formats,
}

/** Prints what the last of `args`, the words after the command's name, can become. */
export async function complete(args: readonly string[]): Promise<void> {
  const current = args.at(-1) ?? ''
  const { words, files = false } = await completionsOf(args.slice(0, -1), current)
  process.stdout.write(completionLines({ words: words.filter(({ word }) => word.startsWith(current)), files }))
}

async function completionsOf(before: readonly string[], current: string): Promise<Completions> {
  const [, waiting] = /^--([a-z-]+)$/.exec(before.at(-1) ?? '') ?? []
  if (waiting !== undefined && takesValue(waiting)) return valueOf(waiting, '')
  const [, given] = /^--([a-z-]+)=/.exec(current) ?? []
  if (given !== undefined) return valueOf(given, `--${given}=`)
  if (current.startsWith('-'))
    return { words: Object.keys(definitions).map((name) => ({ word: `--${name}${takesValue(name) ? '=' : ''}` })) }
  const command = before.find((word, i) => !word.startsWith('-') && !takesValue(/^--([a-z-]+)$/.exec(before[i - 1] ?? '')?.[1] ?? ''))
  if (command === undefined) return { words: Object.entries(commands).map(([word, summary]) => ({ word, summary })) }
  if (command === 'completion') return { words: shells.map((word) => ({ word })) }
  if (command === 'describe' || command === 'list') return { words: await checks() }
  return { words: [], files: command === 'report' }
}

const takesValue = (name: string) => Object.hasOwn(definitions, name) && definitions[name as keyof typeof definitions].type === 'string'

async function valueOf(name: string, prefix: string): Promise<Completions> {
  if (name === 'check') return { words: (await checks()).map(({ word, summary }) => ({ word: prefix + word, summary })) }
  if (name === 'feature') {
    const features = new Set((await loadCatalog()).flatMap(({ definition }) => definition.features))
    return { words: [...features].toSorted().map((word) => ({ word: prefix + word })) }
  }
  return { words: (valuesOf[name] ?? []).map((word) => ({ word: prefix + word })), files: name === 'output' || name === 'kubectl' }
}

const checks = async () => (await loadCatalog()).map(({ name, definition }) => ({ word: name, summary: definition.title }))

/** Prints the script for a shell. @throws UsageError for another one */
export function printScript(names: readonly string[]): number {
  const shell = shells.find((each) => each === names[0])
  if (!shell) throw new UsageError(`completion for which shell? expected ${shells.join(', ')}`)
  process.stdout.write(completionScript(shell, 'bookinfo-conformance'))
  return 0
}
