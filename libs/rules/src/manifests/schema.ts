/**
 * A small schema language for manifests: it checks with exact field paths, infers the type, and knows of every field whether the
 * local mesh implements it. What it describes is the table of fields in the documentation.
 */

/** A problem at a field path such as `spec.http[0].route[1].weight`. */
export interface FieldProblem {
  path: string
  message: string
}

/** One row of the table of fields. `refused` says why, when the field is; `ignored`, why it is taken and has no effect. */
export interface FieldRow {
  path: string
  type: string
  refused?: string
  ignored?: string
}

/** A way to read a value of type T. */
export interface Schema<T> {
  readonly type: string
  /** Reports the problems of a value, and returns it as the API server would store it: without keys that have no value. */
  readonly read: (value: unknown, path: string, problems: FieldProblem[]) => T
  readonly rows: (path: string) => FieldRow[]
  readonly required?: boolean
  /** Type only, never set. */
  readonly is?: T
}

/** A field that exists in the API and is not implemented here. */
export interface Refused {
  readonly refused: string
}

/** A field that must be there. */
export type Required<T> = Schema<T> & { readonly required: true }

/** The type that a schema accepts. */
export type TypeOf<S> = S extends Schema<infer T> ? T : never

type Fields = Record<string, Schema<any> | Refused>
type ObjectOf<F extends Fields> = { [K in keyof F as F[K] extends Required<any> ? K : never]: TypeOf<F[K]> } & {
  [K in keyof F as F[K] extends Required<any> | Refused ? never : K]?: TypeOf<F[K]>
}

const leaf = <T>(type: string, test: (value: unknown) => string | undefined): Schema<T> => ({
  type,
  read: (value, path, problems) => {
    const message = test(value)
    if (message) problems.push({ path, message })
    return value as T
  },
  rows: (path) => [{ path, type }],
})

// JSON has no word for NaN and the infinities, which YAML has.
const shown = (value: unknown): string => (typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing')).slice(0, 80)
const wrong = (value: unknown, wanted: string): string => `must be ${wanted}, is ${shown(value)}`

export const refused = (reason: string): Refused => ({ refused: reason })
/** A field that is checked, and that nothing here depends on. */
export const ignored = <T>(reason: string, schema: Schema<T>): Schema<T> => ({
  ...schema,
  rows: (path) => schema.rows(path).map((row) => ({ ...row, ignored: reason })),
})
export const required = <T>(schema: Schema<T>): Required<T> => ({ ...schema, required: true })

/** A string, with a further test that returns its problem. */
export const string = (test?: (value: string) => string | undefined, type = 'string'): Schema<string> =>
  leaf(type, (value) => (typeof value === 'string' ? test?.(value) : wrong(value, 'a string')))
export const nonEmpty = string((value) => (value === '' ? 'must not be empty' : undefined))
export const boolean: Schema<boolean> = leaf('boolean', (value) => (typeof value === 'boolean' ? undefined : wrong(value, 'true or false')))
export const integer = (min: number, max: number): Schema<number> =>
  leaf(`integer ${min}..${max}`, (value) =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? undefined
      : wrong(value, `an integer from ${min} to ${max}`),
  )
export const number = (min: number, max: number): Schema<number> =>
  leaf(`number ${min}..${max}`, (value) =>
    typeof value === 'number' && value >= min && value <= max ? undefined : wrong(value, `a number from ${min} to ${max}`),
  )
export const count = integer(0, 2 ** 31 - 1)
export const port = integer(1, 65535)

const words = (values: readonly (string | number)[]): string[] => values.map((value) => (value === '' ? '""' : String(value)))
const notAmong = (value: unknown, values: readonly (string | number)[]): string =>
  wrong(value, `${values.length > 1 ? 'one of ' : ''}${words(values).join(', ')}`)

export const oneOf = <const V extends string | number>(...values: V[]): Schema<V> =>
  leaf(words(values).join(' | '), (value) => (values.includes(value as V) ? undefined : notAmong(value, values)))

/** One of `supported`; the API's other values are refused with a reason each. */
export const oneOfSupported = <const V extends string>(supported: V[], others: Record<string, string>): Schema<V> => ({
  type: words(supported).join(' | '),
  read: (value, path, problems) => {
    if (supported.includes(value as V)) return value as V
    const reason = typeof value === 'string' && Object.hasOwn(others, value) ? others[value] : undefined
    problems.push({
      path,
      message: reason ? `${String(value)} is not supported by the local mesh: ${reason}` : notAmong(value, supported),
    })
    return value as V
  },
  rows: (path) => [
    { path, type: words(supported).join(' | ') },
    ...Object.entries(others).map(([value, reason]) => ({ path: `${path} = ${value}`, type: 'value', refused: reason })),
  ],
})

export const list = <T>(item: Schema<T>, { min = 0, max = 10_000 } = {}): Schema<T[]> => ({
  type: `list of ${item.type}`,
  read: (value, path, problems) => {
    if (!Array.isArray(value)) problems.push({ path, message: wrong(value, 'a list') })
    else if (value.length < min) problems.push({ path, message: min === 1 ? 'must not be empty' : `must have at least ${min} items` })
    else if (value.length > max) problems.push({ path, message: `must have at most ${max} items` })
    else return value.map((each, index) => item.read(each, `${path}[${index}]`, problems))
    return []
  },
  rows: (path) => item.rows(`${path}[]`),
})

/**
 * Any keys. One without a value is as if it were not there; in maps that Kubernetes itself has (labels, a Secret's data) it has the
 * value `ofNull`, as Go reads it there.
 */
export const map = <T>(value: Schema<T>, ofNull?: T): Schema<Record<string, T>> => ({
  type: `map of ${value.type}`,
  read: (given, path, problems) => {
    if (!isObject(given)) {
      problems.push({ path, message: wrong(given, 'a map') })
      return {}
    }
    return Object.fromEntries(
      Object.entries(given)
        .filter(([, each]) => each !== null || ofNull !== undefined)
        .map(([key, each]) => [key, value.read(each ?? ofNull, `${path}[${keyShown(key)}]`, problems)]),
    )
  },
  rows: (path) => value.rows(`${path}.*`),
})

/** An object with exactly these fields; `test` sees it only when every field is right by itself. */
export const object = <F extends Fields>(
  fields: F,
  test?: (value: ObjectOf<F>) => string | { at: string; message: string } | undefined,
): Schema<ObjectOf<F>> => ({
  type: 'object',
  read: (value, path, problems) => {
    if (!isObject(value)) {
      problems.push({ path, message: wrong(value, 'an object') })
      return {} as ObjectOf<F>
    }
    const before = problems.length
    const below = (at: string): string => (path === '' ? at : `${path}.${at}`)
    const inner = (name: string): string => (plainKey.test(name) ? below(name) : `${path}[${keyShown(name)}]`)
    const present: [string, unknown][] = []
    for (const [name, given] of Object.entries(value)) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined
      if (!field) problems.push({ path: inner(name), message: 'is not a field of this kind' })
      else if (given === null) continue
      else if ('refused' in field) problems.push({ path: inner(name), message: `is not supported by the local mesh: ${field.refused}` })
      else present.push([name, field.read(given, inner(name), problems)])
    }
    const result = Object.fromEntries(present) as ObjectOf<F>
    for (const [name, field] of Object.entries(fields))
      if ('required' in field && field.required && (value[name] ?? null) === null)
        problems.push({ path: inner(name), message: 'is missing' })
    if (problems.length > before || !test) return result
    const problem = test(result)
    if (typeof problem === 'string') problems.push({ path, message: problem })
    else if (problem) problems.push({ path: below(problem.at), message: problem.message })
    return result
  },
  rows: (path) =>
    Object.entries(fields).flatMap(([name, field]): FieldRow[] => {
      const inner = path === '' ? name : `${path}.${name}`
      return 'refused' in field ? [{ path: inner, type: '', refused: field.refused }] : field.rows(inner)
    }),
})

/** Any object, for parts that only Kubernetes looks at (`metadata.managedFields`, `status`). */
export const anything: Schema<unknown> = leaf('anything', () => undefined)

const plainKey = /^[-\w]+$/
/** A key as it stands in a path: quoted where it would not be seen, or not seen to end. */
const keyShown = (key: string): string => (/^[!-Z^-~]{1,80}$/.test(key) ? key : JSON.stringify(key.slice(0, 80)))

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
