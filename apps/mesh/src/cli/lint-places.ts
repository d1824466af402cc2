/** From the place that a message names (`rules.yaml#2 VirtualService default/reviews spec.http[0]`) to a line of the file. */
import { isMap, isPair, isSeq, LineCounter, parseAllDocuments, type Document, type Node, type Pair } from 'yaml'
import type { ManifestFile } from '../rules/store.ts'

export interface Place {
  file: string
  /** From 1. */
  line: number
  /** What stands behind the file and the number of the document. */
  object: string
}

interface Parsed {
  documents: readonly Document[]
  lines: LineCounter
}

export class LinePlaces {
  readonly #texts: ReadonlyMap<string, string>
  readonly #parsed = new Map<string, Parsed>()

  constructor(files: readonly ManifestFile[]) {
    this.#texts = new Map(files.map(({ file, text }) => [file, text]))
  }

  of(where: string): Place {
    const file = [...this.#texts.keys()]
      .filter((name) => where === name || where.startsWith(`${name}#`))
      .toSorted((a, b) => b.length - a.length)[0]
    if (file === undefined) return { file: where, line: 1, object: '' }
    const [, number = '1', rest = ''] = /^#(\d+)\s?(.*)$/s.exec(where.slice(file.length)) ?? []
    const named = /^line (\d+)/.exec(rest)
    if (named) return { file, line: Number(named[1]), object: '' }
    return { file, line: this.#lineOf(file, Number(number), rest), object: rest }
  }

  /** The line of a field, or of the nearest thing above it that is in the file. */
  #lineOf(file: string, number: number, object: string): number {
    const { documents, lines } = this.#parse(file)
    const document = documents[number - 1]
    let at: Node | null | undefined = document?.contents
    let offset = at?.range?.[0] ?? document?.range?.[0] ?? 0
    const fields = fieldsOf(object)
    if (fields[0] !== 'items') fields.unshift(...itemOf(document, object))
    for (const field of fields) {
      const next: Node | Pair | undefined = childOf(at, field)
      if (next === undefined) break
      at = (isPair(next) ? next.value : next) as Node | null
      offset = (isPair(next) ? (next.key as Node) : next).range?.[0] ?? offset
    }
    return lines.linePos(offset).line
  }

  #parse(file: string): Parsed {
    const known = this.#parsed.get(file)
    if (known) return known
    const lines = new LineCounter()
    const documents = parseAllDocuments(this.#texts.get(file)!, { lineCounter: lines, uniqueKeys: false, logLevel: 'silent' })
    const parsed = { documents: Array.isArray(documents) ? documents : [], lines }
    this.#parsed.set(file, parsed)
    return parsed
  }
}

function childOf(node: Node | null | undefined, field: string | number): Node | Pair | undefined {
  if (typeof field === 'number') return isSeq(node) ? (node.items[field] as Node | undefined) : undefined
  return isMap(node) ? node.items.find(({ key }) => String(key) === field) : undefined
}

/** Where an object stands in a list of objects. */
function itemOf(document: Document | undefined, object: string): (string | number)[] {
  const items: unknown = document?.get('items')
  const [kind, path = ''] = object.split(' ')
  const name = path.slice(path.indexOf('/') + 1)
  const index = isSeq(items)
    ? items.items.findIndex((item) => isMap(item) && item.get('kind') === kind && item.getIn(['metadata', 'name']) === name)
    : -1
  return index === -1 ? [] : ['items', index]
}

/** `items[1] VirtualService default/reviews spec.http[0].match` → items, 1, spec, http, 0, match */
function fieldsOf(rest: string): (string | number)[] {
  const [first = '', ...words] = rest.split(' ')
  const list = first.startsWith('items[') ? first : ''
  const field = words.at(list === '' ? 1 : 2) ?? (/^[a-z]/.test(first) && list === '' ? first : '')
  return [list, field]
    .join('.')
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}
