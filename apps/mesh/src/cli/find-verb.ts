/** Finds the verb among flags and words, wherever it stands. */
import { globalFlags } from './common-flags.ts'
import { wordsOf, type Flag } from './flag-reader.ts'
import type { Verb } from './verb.ts'

export interface FoundVerb {
  verb: Verb
  /** What was typed without the words of the verb. */
  rest: string[]
}

/** All flags of a verb: its own, and those of every verb that it does not hide. */
export function flagsOf({ flags = [] }: Verb): Flag[] {
  const names = new Set(flags.map(({ name }) => name))
  const shorts = new Set(flags.map(({ short }) => short))
  return [...flags, ...globalFlags.filter(({ name, short }) => !names.has(name) && !(short !== undefined && shorts.has(short)))]
}

/** The verb with the longest name whose own flags leave that name as the first words: only then is `-n get get pods` clear. */
export function findVerb(args: readonly string[], verbs: readonly Verb[]): FoundVerb | undefined {
  // A flag that a verb does not know may belong to another one, and the next word may be its value.
  return search(args, verbs, false) ?? search(args, verbs, true)
}

function search(args: readonly string[], verbs: readonly Verb[], passOver: boolean): FoundVerb | undefined {
  let found: FoundVerb | undefined
  let longest = 0
  for (const verb of verbs) {
    const path = verb.name.split(' ')
    if (path.length <= longest || !path.every((name, i) => args.some((arg) => isNamed(verb, path, i, arg, name)))) continue
    const words = wordsOf(args, flagsOf(verb), passOver).slice(0, path.length)
    if (words.length < path.length || !words.every(({ word }, i) => isNamed(verb, path, i, word, path[i]!))) continue
    const own = new Set(words.map(({ index }) => index))
    found = { verb, rest: args.filter((_, index) => !own.has(index)) }
    longest = path.length
  }
  return found
}

const isNamed = ({ aliases = [] }: Verb, path: readonly string[], i: number, word: string, name: string) =>
  word === name || (i === path.length - 1 && aliases.includes(word))
