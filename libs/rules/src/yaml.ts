import type { Document, Node, Pair } from 'yaml'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml'
import type { Notice } from './manifest.ts'
import { ManifestError } from './manifest.ts'

/** Limits that no honest rule file comes near, so that no hostile one is expensive. */
export const limits = { bytes: 512 * 1024, documents: 1000, depth: 48, values: 100_000, aliases: 100 }

/** A document as plain data. `number` counts from 1; empty documents are left out but counted. */
export interface YamlDocument {
  number: number
  value: unknown
}

class Refusal extends Error {}

// Kubernetes reads YAML with Go's yaml.v2, for which these words are booleans.
const yaml11Booleans = /^(?:yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/
const truths = new Set(['yes', 'on'])

/** Reads YAML as kubectl does (duplicate keys refused, merge keys honoured) within `limits`. Throws ManifestError alone. */
export const readYaml = (text: string, file: string): YamlDocument[] => {
  if (text.length > limits.bytes) throw new ManifestError([{ where: file, message: `the file is larger than ${limits.bytes} bytes` }])
  const lines = new LineCounter()
  const problems: Notice[] = []
  const documents: YamlDocument[] = []
  let where = file
  try {
    const parsed = parseAllDocuments(text, {
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
      version: '1.2',
      lineCounter: lines,
    })
    if (!Array.isArray(parsed)) return []
    if (parsed.length > limits.documents) throw new Refusal(`more than ${limits.documents} documents`)
    const budget = { values: 0, aliases: 0 }
    for (const [index, document] of parsed.entries()) {
      const number = index + 1
      const [error] = document.errors
      if (error)
        problems.push({ where: `${file}#${number} line ${lines.linePos(error.pos[0]).line}`, message: `not YAML: ${error.message}` })
      else {
        where = `${file}#${number}`
        const value = plain(document.contents, { document, lines, budget, open: new Set() }, 0)
        if (value !== null) documents.push({ number, value })
      }
    }
  } catch (error) {
    // RangeError: the parser's own recursion on nesting deeper than the stack.
    const message =
      error instanceof Refusal ? error.message : `not YAML: ${error instanceof RangeError ? 'nested too deep' : String(error)}`
    problems.push({ where, message })
  }
  if (problems.length > 0) throw new ManifestError(problems)
  return documents
}

interface Walk {
  document: Document
  lines: LineCounter
  budget: { values: number; aliases: number }
  open: Set<unknown>
}

const plain = (node: unknown, walk: Walk, depth: number): unknown => {
  if (node === null || node === undefined) return null
  if (depth > limits.depth) throw new Refusal(`nested deeper than ${limits.depth} levels${at(node, walk)}`)
  if (++walk.budget.values > limits.values)
    throw new Refusal(`more than ${limits.values} values (aliases counted as often as they are used)`)
  if (isAlias(node)) {
    if (++walk.budget.aliases > limits.aliases) throw new Refusal(`more than ${limits.aliases} aliases`)
    const target = node.resolve(walk.document)
    if (target === undefined) throw new Refusal(`alias *${node.source} has no anchor before it`)
    if (walk.open.has(target)) throw new Refusal(`alias *${node.source} is inside of its own anchor`)
    return plain(target, walk, depth)
  }
  if (isScalar(node)) return scalar(node.value, node.type === 'PLAIN')
  if (walk.open.has(node)) throw new Refusal('a value contains itself')
  walk.open.add(node)
  const value = isSeq(node) ? node.items.map((item) => plain(item, walk, depth + 1)) : isMap(node) ? map(node.items, walk, depth + 1) : null
  walk.open.delete(node)
  return value
}

const scalar = (value: unknown, isPlain: boolean): unknown => {
  if (isPlain && typeof value === 'string' && yaml11Booleans.test(value)) return truths.has(value.toLowerCase())
  if (typeof value === 'bigint') return Number(value)
  return value
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
