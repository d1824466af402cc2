/** What the table of verbs holds. */
import type { Flag, Typed } from './flag-reader.ts'

/** Runs a verb and gives the exit code. */
type Run = (typed: Typed) => Promise<number>

export interface Verb {
  /** `get`, `create secret tls` */
  name: string
  /** Other names of its last word. */
  aliases?: readonly string[]
  summary: string
  /** What follows its name, a line for each form. */
  usage?: readonly string[]
  examples?: readonly string[]
  flags?: readonly Flag[]
  /** Loaded when it is called: a verb must not wait for the others. A verb without it only has verbs below it. */
  run?: () => Promise<Run>
  /** A verb of kubectl's that is not here: what to do instead. */
  refused?: string
}
