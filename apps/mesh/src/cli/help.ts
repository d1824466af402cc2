/** Help, written from the table of verbs. */
import { globalFlags } from './common-flags.ts'
import type { Flag } from './flag-reader.ts'
import type { Verb } from './verb.ts'

/** What `bookinfo --help` prints. */
export function overview(verbs: readonly Verb[]): string {
  const here = verbs.filter(({ name, refused }) => refused === undefined && !name.includes(' '))
  const missing = verbs.filter(({ refused }) => refused !== undefined).map(({ name }) => name)
  return `Controls the local mesh that npm start runs, in kubectl's grammar.

Usage:
  bookinfo VERB [flags] [words]

Verbs:
${table(here.map(({ name, summary }) => [name, summary]))}

Verbs of kubectl that are not here, each with a line that says what to do instead:
  ${missing.join(', ')}

The mesh that was started in this folder is found by itself; CONSOLE_PORT=PORT names another one.
Use "bookinfo VERB --help" for more about a verb, "bookinfo options" for the flags that every verb has.
`
}

/** What `bookinfo VERB --help` prints. */
export function helpOf(verb: Verb, verbs: readonly Verb[]): string {
  const below = verbs.filter(({ name }) => name.startsWith(`${verb.name} `) && !name.slice(verb.name.length + 1).includes(' '))
  const { name, summary, aliases = [], usage = verb.run ? [''] : [], examples = [], flags = [] } = verb
  const taken = flags.filter(({ refused }) => refused === undefined)
  const missing = flags.filter(({ refused }) => refused !== undefined)
  const parts = [
    `${summary}.`,
    usage.length > 0 && `Usage:\n${usage.map((each) => `  bookinfo ${name} ${each}`.trimEnd()).join('\n')}`,
    aliases.length > 0 && `Aliases:\n  ${aliases.join(', ')}`,
    examples.length > 0 && `Examples:\n${examples.map((each) => `  bookinfo ${each}`).join('\n')}`,
    below.length > 0 && `Verbs:\n${table(below.map((each) => [each.name, each.summary]))}`,
    taken.length > 0 && `Flags:\n${flagTable(taken)}`,
    missing.length > 0 && `Flags of kubectl that are not supported:\n${flagTable(missing)}`,
    'Use "bookinfo options" for the flags that every verb has.',
  ]
  return `${parts.filter((part) => part !== false).join('\n\n')}\n`
}

/** What `bookinfo options` prints. */
export const optionsHelp = (): string => `Every verb has these flags:

${flagTable(globalFlags.filter(({ refused }) => refused === undefined))}

Not supported:
${flagTable(globalFlags.filter(({ refused }) => refused !== undefined))}
`

export const flagTable = (flags: readonly Flag[]) => table(flags.map((flag) => [flagWord(flag), flagSummary(flag)]))

/** `-o, --output json|yaml` */
export function flagWord({ name, short, takes, value = takes === 'number' ? 'N' : 'VALUE', bare }: Flag): string {
  const after = takes === 'switch' ? '' : bare === undefined ? ` ${value}` : `[=${value}]`
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${after}`
}

const flagSummary = ({ summary, default: unless, refused }: Flag) =>
  refused === undefined ? `${summary}${unless === undefined ? '' : ` (${unless})`}` : refused

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.min(34, Math.max(...rows.map(([first]) => first.length)))
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`.trimEnd()).join('\n')
}
