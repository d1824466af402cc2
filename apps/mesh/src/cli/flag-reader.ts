/** Reads what was typed, by the grammar of kubectl's flags (pflag). */
import { CliError } from './cli-error.ts'
import { nearest } from './nearest.ts'

/** One flag of a verb. Help, documentation and shell completion are written from it. */
export interface Flag {
  name: string
  /** One letter. */
  short?: string
  /** `switch`: true or false; `list`: several, also separated by commas; `texts`: several, commas and all. */
  takes: 'switch' | 'text' | 'list' | 'texts' | 'number' | 'duration'
  /** What it is when no `=VALUE` follows; the next word is then not its value. */
  bare?: string
  default?: string
  /** What help calls its value. */
  value?: string
  /** The values that there are; none are all. Checked by the verb, in kubectl's words. */
  allowed?: readonly string[]
  summary: string
  /** Why it is not taken, and what to do instead. */
  refused?: string
}

type Token = { word: string; index: number } | { flag: Flag; value: string } | { problem: string } | { dash: true }

/** What was typed, read by the flags that a verb has. */
export class Typed {
  /** All that is not a flag or its value. */
  readonly words: readonly string[]
  /** How many of the words stand before `--`; undefined without it. */
  readonly dashAt: number | undefined
  readonly #flags: ReadonlyMap<string, Flag>
  readonly #values: ReadonlyMap<string, readonly string[]>

  constructor(
    words: readonly string[],
    dashAt: number | undefined,
    flags: readonly Flag[],
    values: ReadonlyMap<string, readonly string[]>,
  ) {
    this.words = words
    this.dashAt = dashAt
    this.#flags = new Map(flags.map((flag) => [flag.name, flag]))
    this.#values = values
  }

  /** The same flags with other words. */
  withWords(words: readonly string[]): Typed {
    return new Typed(words, this.dashAt, [...this.#flags.values()], this.#values)
  }

  /** Whether the verb has the flag at all. */
  knows(name: string): boolean {
    return this.#flags.has(name)
  }

  /** Whether the flag was typed, whatever its value. */
  has(name: string): boolean {
    return this.#typed(name) !== undefined
  }

  /** The last value that was typed, else the default. */
  text(name: string): string | undefined {
    return this.#typed(name)?.at(-1) ?? this.#flags.get(name)!.default
  }

  /** Every value that was typed. */
  list(name: string): readonly string[] {
    return this.#typed(name) ?? []
  }

  /** Whether a switch is on. */
  on(name: string): boolean {
    return this.text(name) === 'true'
  }

  number(name: string): number | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : Number(text)
  }

  /** A duration in ms. */
  duration(name: string): number | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : readDuration(text)
  }

  get namespace(): string {
    return this.text('namespace') || 'default'
  }

  #typed(name: string): readonly string[] | undefined {
    if (!this.#flags.has(name)) throw new Error(`this verb has no flag --${name}`)
    return this.#values.get(name)
  }
}

/** The words of `args` and where they stand, to find the verb: up to what cannot be read, or passing over it. */
export function wordsOf(args: readonly string[], flags: readonly Flag[], passOver = true): { word: string; index: number }[] {
  const words: { word: string; index: number }[] = []
  for (const token of tokens(args, flags)) {
    if ('word' in token) words.push(token)
    else if ('problem' in token && !passOver) break
  }
  return words
}

/** Whether help was asked for, before anything that is wrong. */
export function asksForHelp(args: readonly string[], flags: readonly Flag[]): boolean {
  for (const token of tokens(args, flags)) {
    if ('problem' in token) return false
    if ('flag' in token && token.flag.name === 'help') return token.value === 'true'
  }
  return false
}

/** @throws CliError in one line for what kubectl would refuse, or what this mesh does. */
export function readFlags(args: readonly string[], flags: readonly Flag[]): Typed {
  const words: string[] = []
  const values = new Map<string, string[]>()
  let dashAt: number | undefined
  for (const token of tokens(args, flags)) {
    if ('problem' in token) throw new CliError(`error: ${token.problem}`)
    if ('dash' in token) dashAt = words.length
    else if ('word' in token) words.push(token.word)
    else {
      const { flag, value } = token
      if (flag.refused !== undefined) throw new CliError(`error: --${flag.name} is not supported: ${flag.refused}`)
      const several = flag.takes === 'list' || flag.takes === 'texts'
      const read = flag.takes === 'list' ? commaList(value) : [checked(flag, value)]
      values.set(flag.name, several ? [...(values.get(flag.name) ?? []), ...read] : read)
    }
  }
  return new Typed(words, dashAt, flags, values)
}

function* tokens(args: readonly string[], flags: readonly Flag[]): Generator<Token> {
  const byName = new Map(flags.map((flag) => [flag.name, flag]))
  const byShort = new Map(flags.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag] as const])))
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--') {
      yield { dash: true }
      for (i++; i < args.length; i++) yield { word: args[i]!, index: i }
    } else if (arg.startsWith('--')) {
      const equals = arg.indexOf('=')
      const name = arg.slice(2, equals === -1 ? undefined : equals).replaceAll('_', '-')
      const flag = byName.get(name)
      if (name === '' || name.startsWith('-')) yield { problem: `bad flag syntax: ${arg}` }
      else if (!flag) yield { problem: `unknown flag: --${name}${suggestion(name, byName)}` }
      else if (equals !== -1) yield { flag, value: arg.slice(equals + 1) }
      else if (bareOf(flag) !== undefined) yield { flag, value: bareOf(flag)! }
      else if (i + 1 < args.length) yield { flag, value: args[++i]! }
      else yield { problem: `flag needs an argument: --${name}` }
    } else if (arg.startsWith('-') && arg !== '-') {
      for (let letters = arg.slice(1); letters !== '';) {
        const letter = letters[0]!
        const rest = letters.slice(1)
        const flag = byShort.get(letter)
        if (!flag) yield { problem: `unknown shorthand flag: '${letter}' in -${letters}${meantLong(letters, byName)}` }
        else if (rest.length > 1 && rest.startsWith('=')) yield { flag, value: rest.slice(1) }
        else if (bareOf(flag) !== undefined) {
          yield { flag, value: bareOf(flag)! }
          letters = rest
          continue
        } else if (rest !== '') yield { flag, value: rest }
        else if (i + 1 < args.length) yield { flag, value: args[++i]! }
        else yield { problem: `flag needs an argument: '${letter}' in -${letters}` }
        break
      }
    } else yield { word: arg, index: i }
  }
}

const bareOf = ({ takes, bare }: Flag) => bare ?? (takes === 'switch' ? 'true' : undefined)

function suggestion(name: string, flags: ReadonlyMap<string, Flag>): string {
  const known = [...flags.values()].filter(({ refused }) => refused === undefined).map((flag) => flag.name)
  const found = nearest(name, known)
  return found === undefined ? '' : `, did you mean --${found}?`
}

/** `-selector` for `--selector` */
function meantLong(letters: string, flags: ReadonlyMap<string, Flag>): string {
  const [name = ''] = letters.split('=')
  return name.length > 2 ? suggestion(name, flags) : ''
}

const truths: Readonly<Record<string, string>> = Object.fromEntries([
  ...['1', 't', 'T', 'TRUE', 'true', 'True'].map((word) => [word, 'true']),
  ...['0', 'f', 'F', 'FALSE', 'false', 'False'].map((word) => [word, 'false']),
])

function checked(flag: Flag, value: string): string {
  const bad = (why: string) => {
    const shown = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`
    return new CliError(`error: invalid argument ${JSON.stringify(value)} for "${shown}" flag: ${why}`)
  }
  if (flag.takes === 'switch') {
    const truth = Object.hasOwn(truths, value) ? truths[value] : undefined
    if (truth === undefined) throw bad('expected true or false')
    return truth
  }
  if (flag.takes === 'number' && !/^[-+]?\d{1,15}$/.test(value)) throw bad('expected a number')
  if (flag.takes === 'duration' && readDuration(value) === undefined) throw bad('expected a duration such as 30s, 2m or 1h30m')
  return value
}

const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Go's durations in ms: `1h30m`, `1.5s`, `0`. */
function readDuration(text: string): number | undefined {
  const [, sign = '', parts = ''] = /^([-+]?)(.*)$/s.exec(text) ?? []
  if (parts === '0') return 0
  if (!/^(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(parts)) return undefined
  let ms = 0
  for (const [, number, unit] of parts.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) ms += Number(number) * units[unit!]!
  return sign === '-' ? -ms : ms
}

/** A line of CSV, as in `-f a.yaml,b.yaml`: a comma inside double quotes is kept. */
function commaList(text: string): string[] {
  if (text === '') return []
  return Array.from(
    text.matchAll(/(?<=^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g),
    ([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain,
  )
}
