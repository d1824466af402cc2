/** Completions of the last word of a command line: verbs, flags, kinds, names of applied and of running objects. */
import { completionLines, type Completions } from '@bookinfo/contracts/shell-completion'
import type { KnownKind } from '../control/kind-list.ts'
import { ask } from './client.ts'
import { globalFlags } from './common-flags.ts'
import { findVerb, flagsOf } from './find-verb.ts'
import type { Flag } from './flag-reader.ts'
import { podsOf, type Status } from './pod-words.ts'
import { pluralOf, readTargets } from './resource-words.ts'
import type { Verb } from './verb.ts'
import { verbs } from './verbs.ts'

type Word = Completions['words'][number]

/** Prints what the last of `args`, the words after `bookinfo`, can become. */
export async function complete(args: readonly string[]): Promise<number> {
  const before = args.slice(0, -1)
  const current = args.at(-1) ?? ''
  const { words, files = false } = await completionsOf(before, current)
  process.stdout.write(completionLines({ words: words.filter(({ word }) => word.startsWith(current)), files }))
  return 0
}

async function completionsOf(before: readonly string[], current: string): Promise<Completions> {
  const found = findVerb(before, verbs)
  const flags = found ? flagsOf(found.verb) : globalFlags
  // What comes after -- is for the command in the pod.
  if (before.includes('--')) return { words: [], files: true }
  const waiting = flagThatWaits(before.at(-1), flags)
  if (waiting) return valuesOf(waiting, '', before)
  const [, name] = /^--([^=]+)=/.exec(current) ?? []
  const given = flags.find((flag) => flag.name === name)
  if (given) return valuesOf(given, `--${name}=`, before)
  if (current.startsWith('-')) return { words: flags.filter(({ refused }) => refused === undefined).map(flagWord) }
  const below = verbsBelow(found?.verb)
  if (!found || (below.length > 0 && wordsIn(found.rest, flags).length === 0)) return { words: below }
  return objectsOf(found.verb, wordsIn(found.rest, flags), current)
}

/** A flag that was typed, and whose value is the word that comes now. */
function flagThatWaits(word: string | undefined, flags: readonly Flag[]): Flag | undefined {
  const [, long, short] = /^(?:--([^=]+)|-\w*(\w))$/.exec(word ?? '') ?? []
  return flags.find(
    (flag) => (flag.name === long || (short !== undefined && flag.short === short)) && flag.takes !== 'switch' && flag.bare === undefined,
  )
}

const flagWord = ({ name, takes, bare, summary }: Flag): Word => ({
  word: `--${name}${takes === 'switch' || bare !== undefined ? '' : '='}`,
  summary,
})

/** Verbs whose names go on where this one ends; those that there are at all without one. */
function verbsBelow(above: Verb | undefined): Word[] {
  const path = above === undefined ? '' : `${above.name} `
  const inside = verbs.filter(({ name, refused }) => refused === undefined && name.startsWith(path) && name !== above?.name)
  const direct = inside.filter(({ name }) => !name.slice(path.length).includes(' '))
  return direct.map(({ name, summary }) => ({ word: name.slice(path.length), summary }))
}

async function valuesOf({ name, allowed, value = '' }: Flag, prefix: string, before: readonly string[]): Promise<Completions> {
  const words = (some: readonly string[]) => ({ words: some.map((word) => ({ word: prefix + word })) })
  if (allowed) return words(allowed.map((each) => (each.startsWith('jsonpath') && each !== 'jsonpath-as-json' ? `${each}=` : each)))
  if (name === 'namespace') return words((await namesOf('namespaces', undefined)).map(({ word }) => word))
  if (name === 'container') {
    const { workloads } = await status()
    const meant = workloads.filter((workload) => before.some((word) => word.includes(workload.name)))
    return words([...new Set((meant.length > 0 ? meant : workloads).map(({ app }) => app)), 'istio-proxy'])
  }
  if (name === 'from') return words((await status()).workloads.map((workload) => workload.name))
  if (name === 'service') return words((await status()).services.map((service) => service.name))
  return { words: [], files: /FILE|DIR/.test(value) }
}

/** The words among what was typed. */
function wordsIn(typed: readonly string[], flags: readonly Flag[]): string[] {
  return typed.filter((word, i) => !word.startsWith('-') && !flagThatWaits(typed[i - 1], flags))
}

/** The kind of a verb's arguments, by the name in its usage. */
async function objectsOf({ usage = [] }: Verb, words: readonly string[], current: string): Promise<Completions> {
  const text = usage.join('\n')
  if (/^\S*\bTYPE\b/m.test(text) && !/^POD/m.test(text)) return { words: await typesAndNames(words, current) }
  if (/\bPOD\b/.test(text)) return { words: words.length === 0 ? await podWords(current) : [] }
  if (/^pod\b/m.test(text)) return { words: words.length === 0 ? [{ word: 'pod' }] : await namesOf('pods', undefined) }
  if (/^(deployment\b|WORKLOAD\b)/m.test(text)) return { words: await deploymentWords(words, current) }
  return { words: [] }
}

async function typesAndNames(words: readonly string[], current: string): Promise<Word[]> {
  const [type] = words
  if (type === undefined && !current.includes('/')) return (await kinds()).map((kind) => ({ word: kind.plural }))
  if (type !== undefined && !type.includes('/')) return namesOf(type, undefined)
  const [inside = ''] = current.split('/')
  return inside === '' || !current.includes('/') ? [] : namesOf(inside, inside)
}

async function podWords(current: string): Promise<Word[]> {
  const [type = '', name] = current.split('/')
  if (name !== undefined) return namesOf(type, type)
  const pods = podsOf(await status()).map(({ pod }) => ({ word: pod.name, summary: `pod, ${pod.phase}` }))
  return [...pods, { word: 'deploy/' }, { word: 'svc/' }, { word: 'pod/' }]
}

async function deploymentWords(words: readonly string[], current: string): Promise<Word[]> {
  const [type = '', name] = current.split('/')
  if (name !== undefined) return namesOf(type, type)
  if (words.length > 0) return words[0]!.includes('/') ? [] : namesOf(words[0]!, undefined)
  return [{ word: 'deployment' }, { word: 'deployment/' }]
}

/** Names of all objects of a kind, as `TYPE/NAME` with a prefix. */
async function namesOf(type: string, prefix: string | undefined): Promise<Word[]> {
  const targets = await readTargets([type]).catch(() => [])
  const found = await Promise.all(targets.flatMap((target) => target.kinds).map(namesOfKind))
  const names = [...new Set(found.flat())]
  return names.map((name) => ({ word: prefix === undefined ? name : `${prefix}/${name}` }))
}

async function namesOfKind({ kind, plural, group }: KnownKind): Promise<string[]> {
  const { workloads, services } = await status()
  const objects = await quietly<{ namespace: string; name: string }[]>(`/api/objects?resource=${pluralOf({ plural, group })}`, [])
  const running: Readonly<Record<string, () => string[]>> = {
    Pod: () => podsOf({ workloads }).map(({ pod }) => pod.name),
    Deployment: () => workloads.map(({ name }) => name),
    Service: () => services.map(({ name }) => name),
  }
  return running[kind]?.() ?? objects.map(({ name }) => name)
}

const kinds = async () => (await quietly<KnownKind[]>('/api/kinds', [])).filter(({ absent }) => absent === undefined)

const status = () => quietly<Pick<Status, 'workloads' | 'services'>>('/api/status', { workloads: [], services: [] })

/** A shell's Tab says nothing when no mesh runs. */
const quietly = <T>(path: string, without: T): Promise<T> => ask<T>('GET', path).catch(() => without)
