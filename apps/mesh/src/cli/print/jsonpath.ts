/** Fills kubectl's JSONPath templates. */
import type { Part, Step } from './jsonpath-parser.ts'

/** What a template cannot do with an object, in kubectl's words. */
export class ExecutionError extends Error {}

/** What a template makes of `data`: a list of values for each of its parts. With `missingIsError`, a field has to be there. @throws ExecutionError */
export function find(parts: readonly Part[], data: unknown, missingIsError = false): unknown[][] {
  return parts.flatMap((part): unknown[][] => {
    if ('text' in part) return [[part.text]]
    if ('stray' in part) throw new ExecutionError('not in range, nothing to end')
    if ('path' in part) return [walk([data], part.path, missingIsError)]
    return walk([data], part.range, missingIsError).flatMap((each) => find(part.body, each, missingIsError))
  })
}

/** What a template prints of `data`. @throws ExecutionError */
export const fill = (parts: readonly Part[], data: unknown, missingIsError = false): string =>
  find(parts, data, missingIsError)
    .map((values) => values.map(textOf).join(' '))
    .join('')

/** A value as kubectl prints it. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(sorted(value))
}

/** A value as Go prints it, which custom columns are filled with: `[a b]`, `map[k:v]`. */
export function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`
  if (!isMap(value)) return textOf(value)
  return `map[${keysOf(value)
    .map((key) => `${key}:${goText(value[key])}`)
    .join(' ')}]`
}

/** The same with keys in order, as the API's own JSON has them. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(keysOf(value).map((key) => [key, sorted((value as Record<string, unknown>)[key])]))
}

const keysOf = (value: object) => Object.keys(value).toSorted((a, b) => (a < b ? -1 : 1))

function walk(values: readonly unknown[], steps: readonly Step[], missingIsError: boolean): unknown[] {
  return steps.reduce<readonly unknown[]>((at, step) => next(at, step, missingIsError), values) as unknown[]
}

function next(values: readonly unknown[], step: Step, missingIsError: boolean): unknown[] {
  switch (step.type) {
    case 'field':
      return values.flatMap((value) => fieldOf(value, step.name, missingIsError && !values.some((each) => hasField(each, step.name))))
    case 'wildcard':
      return values.flatMap(childrenOf)
    case 'recursive':
      return values.flatMap(allBelow)
    case 'union':
      return step.paths.flatMap((path) => walk(values, path, missingIsError))
    case 'literal':
      return values.map(() => step.value)
    case 'array':
      return values.filter(isThere).flatMap((value) => slice(value, step))
    case 'filter':
      return values.filter(isThere).flatMap((value) => {
        if (!Array.isArray(value)) throw new ExecutionError(`${goForm(value)} is not array or slice and cannot be filtered`)
        return value.filter((each) => passes(each, step))
      })
    default:
      throw new ExecutionError(`unrecognized identifier ${step.name}`)
  }
}

const isThere = (value: unknown) => value !== null && value !== undefined

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const hasField = (value: unknown, name: string) => isMap(value) && Object.hasOwn(value, name)

function fieldOf(value: unknown, name: string, missingIsError: boolean): unknown[] {
  if (hasField(value, name)) return [(value as Record<string, unknown>)[name]]
  if (missingIsError) throw new ExecutionError(`${name} is not found`)
  return []
}

const childrenOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isMap(value) ? keysOf(value).map((key) => value[key]) : []

/** A value and all that it holds, however deep. */
function allBelow(value: unknown): unknown[] {
  const children = childrenOf(value)
  return children.length === 0 ? [] : [value, ...children.flatMap(allBelow)]
}

function slice(value: unknown, { start, end, step = 1, single }: Extract<Step, { type: 'array' }>): unknown[] {
  if (!Array.isArray(value)) throw new ExecutionError(`${goType(value)} is not array or slice`)
  const { length } = value
  const first = start === undefined ? 0 : start < 0 ? start + length : start
  const afterLast = single ? first + 1 : end === undefined ? length : end < 0 ? end + length : end
  if (step <= 0) throw new ExecutionError('step must be > 0')
  if (first === afterLast) return []
  const outside = (index: number) => new ExecutionError(`array index out of bounds: index ${index}, length ${length}`)
  if (first >= length || first < 0) throw outside(first)
  if (afterLast > length || afterLast < 0) throw outside(afterLast - 1)
  if (first > afterLast) throw new ExecutionError(`starting index ${first} is greater than ending index ${afterLast}`)
  return value.slice(first, afterLast).filter((_, i) => i % step === 0)
}

function passes(value: unknown, { left, operator, right }: Extract<Step, { type: 'filter' }>): boolean {
  const lefts = walk([value], left, false)
  if (operator === 'exists') return lefts.length > 0
  const rights = lefts.length === 0 ? [] : walk([value], right, false)
  if (lefts.length > 1 || rights.length > 1) throw new ExecutionError('can only compare one element at a time')
  if (lefts.length === 0 || rights.length === 0) return false
  const [a, b] = [lefts[0], rights[0]] as (string | number)[]
  if (goType(a) !== goType(b, right)) throw new ExecutionError('incompatible types for comparison')
  if (typeof a === 'object' || (typeof a === 'boolean' && !/^[!=]=$/.test(operator)))
    throw new ExecutionError('invalid type for comparison')
  const comparisons: Readonly<Record<string, () => boolean>> = {
    '==': () => a === b,
    '!=': () => a !== b,
    '<': () => a! < b!,
    '<=': () => a! <= b!,
    '>': () => a! > b!,
    '>=': () => a! >= b!,
  }
  const comparison = comparisons[operator]
  if (!comparison) throw new ExecutionError(`unrecognized filter operator ${operator}`)
  return comparison()
}

/** The type that kubectl's own language gives a value: it compares no integer with a fraction. */
function goType(value: unknown, path: readonly Step[] = []): string {
  const [literal] = path
  if (typeof value === 'number') return (literal?.type === 'literal' && literal.float) || !Number.isInteger(value) ? 'float64' : 'int'
  if (typeof value === 'boolean') return 'bool'
  if (Array.isArray(value)) return '[]interface {}'
  return isMap(value) ? 'map[string]interface {}' : typeof value
}

const goForm = (value: unknown) => (typeof value === 'object' ? goType(value) : textOf(value))
