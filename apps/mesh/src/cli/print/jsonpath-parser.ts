/** Reads kubectl's dialect of JSONPath: text with actions in braces. */

/** Several results stand for one: every step maps a list of values to another. */
export type Step =
  | { type: 'field'; name: string }
  | { type: 'array'; start?: number | undefined; end?: number | undefined; step?: number | undefined; single: boolean }
  | { type: 'wildcard' }
  | { type: 'recursive' }
  | { type: 'union'; paths: Step[][] }
  | { type: 'filter'; left: Step[]; operator: string; right: Step[] }
  | { type: 'literal'; value: string | number | boolean; float?: boolean }
  | { type: 'identifier'; name: string }

export type Part = { text: string } | { path: Step[] } | { range: Step[]; body: Part[] } | { stray: 'end' }

/** A template that cannot be read, in kubectl's words. */
export class TemplateError extends Error {}

/** Text, actions and loops of a template. @throws TemplateError */
export function parseTemplate(template: string): Part[] {
  try {
    const flat: Part[] = []
    for (let at = 0; at < template.length;) {
      const open = template.indexOf('{', at)
      if (open !== at) flat.push({ text: template.slice(at, open === -1 ? undefined : open) })
      if (open === -1) break
      const reader = new Reader(template, open + 1)
      flat.push(partOf(reader.action()))
      at = reader.at
    }
    return nested(flat, false)
  } catch (error) {
    if (error instanceof TemplateError) throw new TemplateError(`error parsing jsonpath ${template}, ${error.message}`)
    throw error
  }
}

/** A single path, as `--sort-by` and custom columns take it: with or without braces and the first dot. @throws TemplateError */
export function parseRelaxedPath(text: string): Part[] {
  const [, inside = text] = /^\{(.*)\}$/s.exec(text) ?? []
  if (/[{}]/.test(inside))
    throw new TemplateError(`unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`)
  return parseTemplate(`{${/^[.[@$]/.test(inside) ? '' : '.'}${inside}}`)
}

function partOf(steps: Step[]): Part {
  const [first] = steps
  if (first?.type === 'identifier' && first.name === 'range') return { range: steps.slice(1), body: [] }
  if (first?.type === 'identifier' && first.name === 'end') return { stray: 'end' }
  return { path: steps }
}

/** Puts what stands between `range` and `end` into its loop; one that is never ended goes on to the end. */
function nested(flat: Part[], inRange: boolean): Part[] {
  const parts: Part[] = []
  while (flat.length > 0) {
    const part = flat.shift()!
    if ('stray' in part && inRange) return parts
    parts.push('range' in part ? { ...part, body: nested(flat, true) } : part)
  }
  return parts
}

/** What ends a field's name. */
const terminator = /[.,[\]$@{}\s]/
const identifierEnd = /[^A-Za-z0-9_]/

class Reader {
  readonly #text: string
  at: number

  constructor(text: string, at: number) {
    this.#text = text
    this.at = at
  }

  /** Steps up to the closing brace, which is read too. */
  action(): Step[] {
    const steps = this.steps()
    if (this.at >= this.#text.length) throw new TemplateError('unclosed action')
    this.at++
    return steps
  }

  /** Steps up to a closing brace or the end. */
  steps(): Step[] {
    const steps: Step[] = []
    while (this.at < this.#text.length && this.#text[this.at] !== '}') {
      const next = this.#text[this.at]!
      if (next === '\n' || next === '\r') throw new TemplateError('unclosed action')
      if (/[ \t@$]/.test(next)) this.at++
      else if (next === '.') steps.push(...this.#dotted())
      else if (next === '[') steps.push(...this.#bracketed())
      else if (next === '"' || next === "'") steps.push({ type: 'literal', value: this.#quoted(next) })
      else if (/[-+\d]/.test(next)) steps.push(this.#number())
      else if (/[A-Za-z_]/.test(next)) steps.push(this.#identifier())
      else {
        const code = next.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')
        throw new TemplateError(`unrecognized character in action: U+${code} '${next}'`)
      }
    }
    return steps
  }

  #dotted(): Step[] {
    this.at++
    if (this.#text[this.at] !== '.') return [this.#field()]
    this.at++
    const next = this.#text[this.at]
    return next !== undefined && !terminator.test(next) ? [{ type: 'recursive' }, this.#field()] : [{ type: 'recursive' }]
  }

  #field(): Step {
    let name = ''
    for (; this.at < this.#text.length && !terminator.test(this.#text[this.at]!); this.at++) {
      if (this.#text[this.at] === '\\' && this.at + 1 < this.#text.length) this.at++
      name += this.#text[this.at]
    }
    return name === '*' ? { type: 'wildcard' } : { type: 'field', name }
  }

  #bracketed(): Step[] {
    if (this.#text.startsWith('[?(', this.at)) return [this.#filter()]
    const close = this.#text.indexOf(']', this.at)
    if (close === -1) throw new TemplateError('unterminated array')
    const inside = this.#text.slice(this.at + 1, close)
    this.at = close + 1
    return arraySteps(inside)
  }

  #filter(): Step {
    this.at += 3
    const from = this.at
    let quote: string | undefined
    for (; ; this.at++) {
      const next = this.#text[this.at]
      if (next === undefined || next === '\n') throw new TemplateError('unterminated filter')
      if (next === quote && this.#text[this.at - 1] !== '\\') quote = undefined
      else if (quote === undefined && (next === '"' || next === "'")) quote = next
      else if (quote === undefined && next === ')') break
    }
    const text = this.#text.slice(from, this.at)
    if (this.#text[++this.at] !== ']') throw new TemplateError('unclosed array expect ]')
    this.at++
    const [, left, operator = 'exists', right = ''] = /^([^!<>=]+)([!<>=]+)(.+)$/s.exec(text) ?? []
    return { type: 'filter', left: whole(left ?? text), operator, right: whole(right) }
  }

  #quoted(quote: string): string {
    const from = this.at
    for (this.at++; this.#text[this.at] !== quote; this.at++) {
      if (this.#text[this.at] === '\\') this.at++
      if (this.at >= this.#text.length) throw new TemplateError('unterminated quoted string')
    }
    this.at++
    return unquoted(this.#text.slice(from, this.at))
  }

  #number(): Step {
    const [text] = /^[-+]?[\d.]*/.exec(this.#text.slice(this.at))!
    this.at += text.length
    if (!/^[-+]?(\d+|\d+\.\d*|\.\d+)$/.test(text)) throw new TemplateError(`cannot parse number ${text}`)
    return { type: 'literal', value: Number(text), float: text.includes('.') }
  }

  #identifier(): Step {
    const rest = this.#text.slice(this.at)
    const end = rest.search(identifierEnd)
    const name = end === -1 ? rest : rest.slice(0, end)
    this.at += name.length
    if (name === 'true' || name === 'false') return { type: 'literal', value: name === 'true' }
    return { type: 'identifier', name }
  }
}

/** The steps of a text that is nothing else. */
function whole(text: string): Step[] {
  const reader = new Reader(text, 0)
  const steps = reader.steps()
  if (reader.at < text.length) throw new TemplateError(`unexpected ${JSON.stringify(text[reader.at])}`)
  return steps
}

/** What stands between brackets. */
function arraySteps(inside: string): Step[] {
  if (inside === '*') return [{ type: 'wildcard' }]
  if (inside.includes(',')) return [{ type: 'union', paths: inside.split(',').map((each) => arraySteps(each.trim())) }]
  const [, name] = /^'([^']*)'$/.exec(inside) ?? []
  // As in kubectl, dots in a quoted name lead on unless they are escaped.
  if (name !== undefined) return whole(`.${name}`)
  const slice = /^(-?\d*)(?:(:)(-?\d*)(?::(\d*))?)?$/.exec(inside)
  const [, start = '', colon, end = '', step = ''] = slice ?? []
  if (!slice || inside === '' || inside === '-') throw new TemplateError(`invalid array index ${inside}`)
  const number = (text: string) => (text === '' ? undefined : Number(text))
  return [{ type: 'array', start: number(start), end: number(end), step: number(step), single: colon === undefined }]
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/** Go's quoted strings, either quote. */
function unquoted(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(/\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|x([\da-fA-F]{2})|([0-7]{3})|([\s\S]?))/g, (_, u, big, x, octal, letter: string) => {
      const hex = (u ?? big ?? x) as string | undefined
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
      const escaped = escapes[letter]
      if (escaped === undefined) throw new TemplateError(`unquote string ${quoted} error invalid syntax`)
      return escaped
    })
}
