import type { CST, Document, Node, Pair } from 'yaml'
import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser } from 'yaml'
import { asDocuments } from './json-stream.ts'
import type { Notice } from '../model/manifest.ts'
import { ManifestError } from '../model/manifest.ts'

/** Limits that no honest rule file comes near, so that no hostile one is expensive. */
export const limits = { bytes: 512 * 1024, documents: 1000, depth: 48, values: 100_000, aliases: 100 }

/** A document as plain data. `number` counts from 1; empty documents are left out but counted. */
export interface YamlDocument {
  number: number
  value: unknown
}

class Refusal extends Error {
  /** Its number, when it is not the document that is being read; 0 for the whole file. */
  readonly document: number | undefined
  constructor(message: string, document?: number) {
    super(message)
    this.document = document
  }
}

// Kubernetes reads YAML with Go's yaml.v2, for which these words are booleans.
const yaml11Booleans = /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/
const truths = new Set(['yes', 'on'])

/** Reads YAML as kubectl does (duplicate keys refused, merge keys honoured) within `limits`. Throws nothing but ManifestError. */
export const readYaml = (text: string, file: string): YamlDocument[] => {
  if (text.length > limits.bytes) throw new ManifestError([{ where: file, message: `the file is larger than ${limits.bytes} bytes` }])
  const lines = new LineCounter()
  const problems: Notice[] = []
  const documents: YamlDocument[] = []
  let number = 0
  try {
    const budget = { values: 0, aliases: 0 }
    for (const document of composed(text, lines)) {
      number++
      const [error] = document.errors
      if (error)
        problems.push({ where: `${file}#${number} line ${lines.linePos(error.pos[0]).line}`, message: `not YAML: ${error.message}` })
      else {
        const value = plain(document.contents, { document, lines, budget, open: new Set() }, 0)
        if (value !== null) documents.push({ number, value })
      }
    }
  } catch (error) {
    const [document, message] =
      error instanceof Refusal ? [error.document ?? number, error.message] : [number, `not YAML: ${String(error)}`]
    problems.push({ where: document === 0 ? file : `${file}#${document}`, message })
  }
  if (problems.length > 0) throw new ManifestError(problems)
  return documents
}

/** The documents one by one. The composer goes down by recursion: what would end its stack is refused before it gets there. */
function* composed(text: string, lines: LineCounter): Generator<Document> {
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'silent', version: '1.2', lineCounter: lines })
  let number = 0
  for (const token of new Parser(lines.addNewLine).parse(withoutMarks(asDocuments(text)))) {
    if (token.type === 'document') {
      if (++number > limits.documents) throw new Refusal(`more than ${limits.documents} documents`, 0)
      const deep = deeperThan(limits.depth, token)
      if (deep) throw new Refusal(tooDeep(lines, deep.offset), number)
    }
    yield* composer.next(token)
  }
  yield* composer.end()
}

// Windows editors begin a file with a byte order mark, and files are joined: then it stands at the beginning of a document.
const withoutMarks = (text: string): string => text.replaceAll(/(^|\n---[^\n]*\n)\ufeff/g, '$1')

const tooDeep = (lines: LineCounter, offset: number): string =>
  `nested deeper than ${limits.depth} levels (line ${lines.linePos(offset).line})`

/** The first token below `depth` levels of maps and lists. */
const deeperThan = (depth: number, document: CST.Document): CST.Token | undefined => {
  let level: CST.Token[] = document.value ? [document.value] : []
  for (let above = 0; above <= depth; above++) level = level.flatMap(within)
  return level[0]
}

const within = (token: CST.Token): CST.Token[] =>
  'items' in token ? token.items.flatMap(({ key, value }) => [key, value].filter((each) => each !== undefined && each !== null)) : []

interface Walk {
  document: Document
  lines: LineCounter
  budget: { values: number; aliases: number }
  open: Set<unknown>
}

const plain = (node: unknown, walk: Walk, depth: number): unknown => {
  if (node === null || node === undefined) return null
  if (depth > limits.depth) throw new Refusal(tooDeep(walk.lines, (node as Node).range?.[0] ?? 0))
  if (++walk.budget.values > limits.values)
    throw new Refusal(`more than ${limits.values} values (aliases counted as often as they are used)`)
  if (isAlias(node)) {
    if (++walk.budget.aliases > limits.aliases) throw new Refusal(`more than ${limits.aliases} aliases`)
    const target = node.resolve(walk.document)
    if (target === undefined) throw new Refusal(`alias *${node.source} has no anchor before it`)
    if (walk.open.has(target)) throw new Refusal(`alias *${node.source} refers to a node that contains it`)
    return plain(target, walk, depth)
  }
  if (isScalar(node)) return scalar(node.value, node.type === 'PLAIN' ? node.source : undefined)
  if (walk.open.has(node)) throw new Refusal('a value contains itself')
  walk.open.add(node)
  const value = isSeq(node) ? node.items.map((item) => plain(item, walk, depth + 1)) : isMap(node) ? map(node.items, walk, depth + 1) : null
  walk.open.delete(node)
  return value
}

const scalar = (value: unknown, plainSource: string | undefined): unknown => {
  if (plainSource !== undefined && yaml11Booleans.test(plainSource)) return truths.has(plainSource.toLowerCase())
  if (plainSource !== undefined && /^[-+]?\d/.test(plainSource)) return yaml11Number(plainSource) ?? value
  return typeof value === 'bigint' ? Number(value) : value
}

/** Numbers that YAML 1.2 has no more: 0b101, octal 0644, and any with _ between the digits. */
const yaml11Number = (source: string): number | undefined => {
  const [, sign, digits = ''] = /^([-+]?)([\da-z_.+-]+)$/i.exec(source.replaceAll('_', '')) ?? []
  const value = /^0b[01]+$/.test(digits)
    ? Number(digits)
    : /^0[0-7]+$/.test(digits)
      ? Number.parseInt(digits, 8)
      : source.includes('_') && /^(?:0x[\da-f]+|\d+(?:\.\d*)?(?:e[-+]?\d+)?)$/i.test(digits)
        ? Number(digits)
        : undefined
  return value === undefined ? undefined : sign === '-' ? -value : value
}

const map = (pairs: readonly Pair[], walk: Walk, depth: number): Record<string, unknown> => {
  const entries = new Map<string, unknown>()
  const merged: Record<string, unknown>[] = []
  for (const pair of pairs) {
    if (isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN') {
      const value = plain(pair.value, walk, depth)
      merged.push(...((Array.isArray(value) ? value : [value]) as Record<string, unknown>[]))
      continue
    }
    const key = plain(pair.key, walk, depth)
    if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'boolean')
      throw new Refusal(`a key that is not a string${at(pair.key, walk)}`)
    const name = String(key)
    if (name === '__proto__') throw new Refusal(`key __proto__ is not allowed${at(pair.key, walk)}`)
    if (entries.has(name)) throw new Refusal(`key ${JSON.stringify(name)} stands twice in one map${at(pair.key, walk)}`)
    entries.set(name, plain(pair.value, walk, depth))
  }
  for (const source of merged) {
    if (typeof source !== 'object' || source === null || Array.isArray(source)) throw new Refusal('merge key << needs a map')
    for (const [key, value] of Object.entries(source)) if (!entries.has(key)) entries.set(key, value)
  }
  return Object.fromEntries(entries)
}

const at = (node: unknown, { lines }: Walk): string => {
  const start = (node as Node | null)?.range?.[0]
  return start === undefined ? '' : ` (line ${lines.linePos(start).line})`
}
