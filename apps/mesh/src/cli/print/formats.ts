/** The formats of `-o` that are not a table. */
import type { KubeObject } from '../../control/kube-object.ts'
import { CliError } from '../cli-error.ts'
import type { Typed } from '../flag-reader.ts'
import { columns } from '../columns.ts'
import { ExecutionError, fill, find, goText, sorted, textOf } from './jsonpath.ts'
import { parseRelaxedPath, parseTemplate, TemplateError } from './jsonpath-parser.ts'
import { readFileSync } from 'node:fs'

/** Prints objects: as they are, in one list unless there is a single one, or each by itself. */
export type Printer = (objects: readonly KubeObject[], single: boolean) => Promise<string>

/** The printer of `-o FORMAT`; none for tables. @throws CliError for an unknown format, or one that is not in `allowed`. */
export function printerOf(typed: Typed, allowed: readonly string[]): Printer | undefined {
  const output = typed.text('output') ?? ''
  const equals = output.indexOf('=')
  const format = equals === -1 ? output : output.slice(0, equals)
  const given = equals === -1 ? undefined : output.slice(equals + 1)
  if (format === '' || (format === 'wide' && allowed.includes('wide'))) return undefined
  if (/^(go-template|template)/.test(format))
    throw new CliError(`error: the output format "${format}" is not supported: go-templates are not supported; use -o jsonpath=TEMPLATE`)
  if (!allowed.includes(format) || (equals !== -1 && !takesText.test(format)))
    throw new CliError(
      `error: unable to match a printer suitable for the output format ${JSON.stringify(output)}, allowed formats are: ${allowed.toSorted().join(',')}`,
    )
  if (format === 'yaml') return async (objects, single) => asYaml(single ? objects[0] : listOf(objects))
  if (format === 'json') return async (objects, single) => `${JSON.stringify(sorted(single ? objects[0] : listOf(objects)), null, 4)}\n`
  if (format === 'name') return async (objects) => objects.map((object) => `${nameOf(object)}\n`).join('')
  const text = format.endsWith('-file') ? fileText(given) : given
  if (format.startsWith('custom-columns')) return customColumns(text, !typed.on('no-headers'))
  if (text === undefined || text === '') throw new CliError('error: template format specified but no template given')
  return jsonPath(text, format === 'jsonpath-as-json', !typed.on('allow-missing-template-keys'))
}

const takesText = /^(jsonpath|custom-columns)/

/** kubectl's list of several objects. */
const listOf = (items: readonly KubeObject[]) => ({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } })

/** `pod/NAME`, `virtualservice.networking.istio.io/NAME` */
function nameOf({ kind, apiVersion, metadata }: Pick<KubeObject, 'kind' | 'apiVersion' | 'metadata'>): string {
  return `${typeOf({ kind, apiVersion })}/${metadata.name}`
}

/** `pod`, `virtualservice.networking.istio.io` */
export function typeOf({ kind, apiVersion }: Pick<KubeObject, 'kind' | 'apiVersion'>): string {
  const slash = apiVersion.indexOf('/')
  return `${kind.toLowerCase()}${slash === -1 ? '' : `.${apiVersion.slice(0, slash)}`}`
}

/** YAML in the form that kubectl writes it: keys in order, lists not indented. */
export async function asYaml(value: unknown): Promise<string> {
  const { stringify } = await import('./stringify-yaml.ts')
  return stringify(sorted(value), { indentSeq: false, lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' })
}

function jsonPath(template: string, asJson: boolean, missingIsError: boolean): Printer {
  const parts = readTemplate(() => parseTemplate(template))
  return async (objects, single) => {
    const data = single ? objects[0] : listOf(objects)
    try {
      if (!asJson) return fill(parts, data, missingIsError)
      return `${JSON.stringify(sorted(find(parts, data, missingIsError).flat()), null, 4)}\n`
    } catch (error) {
      if (error instanceof ExecutionError)
        throw new CliError(`error: error executing jsonpath ${JSON.stringify(template)}: Error executing template: ${error.message}`)
      throw error
    }
  }
}

function readTemplate<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof TemplateError) throw new CliError(`error: ${error.message}`)
    throw error
  }
}

/** `NAME:.metadata.name,HOSTS:.spec.hosts`, or a file with heads in one line and paths in the next. */
function customColumns(spec: string | undefined, headers: boolean): Printer {
  if (spec === undefined || spec.trim() === '') throw new CliError('error: custom-columns format specified but no custom columns given')
  const heads = spec.includes('\n') ? inTwoLines(spec) : spec.split(',').map(headAndPath)
  const paths = heads.map(([, path]) => readTemplate(() => parseRelaxedPath(path)))
  return async (objects) => {
    const rows = objects.map((object) => paths.map((path) => find(path, object).flat().map(goText).join(',') || '<none>'))
    return `${columns(headers ? heads.map(([head]) => head) : undefined, rows)}\n`
  }
}

function headAndPath(part: string): [string, string] {
  const colon = part.indexOf(':')
  if (colon === -1) throw new CliError(`error: unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`)
  return [part.slice(0, colon), part.slice(colon + 1)]
}

function inTwoLines(text: string): [string, string][] {
  const [heads = [], paths = []] = text.split('\n').map((line) => line.trim().split(/\s+/))
  if (heads.length !== paths.length)
    throw new CliError(`error: number of headers (${heads.length}) and field specifications (${paths.length}) don't match`)
  return heads.map((head, i) => [head, paths[i]!])
}

/** Objects in the order of a field (`--sort-by`); numbers by value, what has no such field first. */
export function sortBy(objects: readonly KubeObject[], path: string): KubeObject[] {
  const parts = readTemplate(() => parseRelaxedPath(path))
  const keys = new Map(objects.map((object) => [object, find(parts, object).flat()[0]]))
  if (objects.length > 0 && [...keys.values()].every((key) => key === undefined))
    throw new CliError(`error: couldn't find any field with path "${path}" in the list of objects`)
  return objects.toSorted((a, b) => compare(keys.get(a), keys.get(b)))
}

function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const [left, right] = [textOf(a), textOf(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function fileText(path: string | undefined): string {
  if (path === undefined || path === '') throw new CliError('error: template format specified but no template given')
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch (error) {
    throw new CliError(`error: error reading --template ${path}, ${(error as Error).message}`)
  }
}
