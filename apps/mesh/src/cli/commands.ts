/** From what was typed to the verb that runs. */
import { completionWord } from '@bookinfo/contracts/shell-completion'
import { CliError } from './cli-error.ts'
import { globalFlags } from './common-flags.ts'
import { findVerb, flagsOf } from './find-verb.ts'
import { asksForHelp, readFlags, wordsOf, type Typed } from './flag-reader.ts'
import { nearest } from './nearest.ts'
import type { Verb } from './verb.ts'
import { verbs } from './verbs.ts'

/** Runs `args`, the words after `bookinfo`, and says what went wrong; the exit code. */
export async function runAndReport(args: readonly string[]): Promise<number> {
  try {
    return await runCommand(args)
  } catch (error) {
    process.stderr.write(`${error instanceof CliError ? error.message : (error as Error).stack}\n`)
    return 1
  }
}

async function runCommand(args: readonly string[]): Promise<number> {
  if (args[0] === completionWord) return (await import('./complete.ts')).complete(args.slice(1))
  const found = findVerb(args, verbs)
  if (!found) return withoutVerb(args)
  const { verb, rest } = found
  const flags = flagsOf(verb)
  if (asksForHelp(rest, flags)) return printHelp(verb)
  if (verb.refused !== undefined) throw new CliError(`error: bookinfo ${verb.name} is not supported: ${verb.refused}`)
  const typed = readFlags(rest, flags)
  if (verb.run) return runVerb(verb.run, typed)
  const [word] = typed.words
  if (word === undefined) return printHelp(verb)
  throw unknownVerb(`${verb.name} ${word}`)
}

async function runVerb(run: NonNullable<Verb['run']>, typed: Typed): Promise<number> {
  const [verb, { limitRequests }, { warningCount }] = await Promise.all([run(), import('./client.ts'), import('./warn.ts')])
  limitRequests(typed.text('request-timeout') ?? '')
  const before = warningCount()
  const code = await verb(typed)
  const count = warningCount() - before
  if (code !== 0 || !typed.on('warnings-as-errors') || count === 0) return code
  throw new CliError(`error: ${count} ${count === 1 ? 'warning' : 'warnings'} received`)
}

/** Help, or one line about what was meant. */
async function withoutVerb(args: readonly string[]): Promise<number> {
  const words = wordsOf(args, globalFlags).map(({ word }) => word)
  if (words[0] === 'help') {
    if (words.length === 1) return printHelp()
    const about = findVerb(words.slice(1), verbs)
    if (about) return printHelp(about.verb)
    throw unknownVerb(words.slice(1).join(' '))
  }
  if (asksForHelp(args, globalFlags)) return printHelp()
  readFlags(args, globalFlags)
  if (words[0] === undefined) return printHelp()
  if (words[0] !== 'options') throw unknownVerb(words[0])
  process.stdout.write((await import('./help.ts')).optionsHelp())
  return 0
}

function unknownVerb(name: string): CliError {
  const meant = nearest(
    name,
    verbs.flatMap((verb) => (verb.refused === undefined ? [verb.name] : [])),
  )
  return new CliError(`error: unknown command "${name}" for "bookinfo"${meant === undefined ? '' : `, did you mean "${meant}"?`}`)
}

async function printHelp(verb?: Verb): Promise<number> {
  const { helpOf, overview } = await import('./help.ts')
  process.stdout.write(verb ? helpOf(verb, verbs) : overview(verbs))
  return 0
}
