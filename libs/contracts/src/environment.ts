/**
 * Configuration from the environment: one schema validates a program's variables, gives their type, and documents them in its
 * `--help` and README. It is read before anything else is loaded, so it uses no library: compiling schemas would delay each start.
 */
import { isIP } from 'node:net'
import { Type, type Static, type TObject } from './schema.ts'

/** What every variable says about itself. */
interface About<Value> {
  /** What it is for, in Markdown without links: `--help` and the README show it. */
  description: string
  /** Ends the line that refuses a value: `… is "loud": expected` and this. */
  expected: string
  /** The value where the variable is not set. Without it, the variable has to be set or is marked optional. */
  default?: Value
  /** What the documentation says after the default, or in its place: `or the next free one`. */
  defaultNote?: string
  /** A secret: no message repeats its value. */
  writeOnly?: boolean
}

interface Text extends About<string> {
  /** A regular expression that the value has to match. */
  pattern?: string
  minLength?: number
  /** `url` is an absolute address by HTTP, `ip` an address without a name. */
  format?: 'url' | 'ip'
}

interface Numeric extends About<number> {
  minimum?: number
  maximum?: number
}

/** Builders of variables, for the properties of a `Type.Object`. */
export const Variable = {
  Text: (options: Text) => Type.String({ ...options }),
  Integer: (options: Numeric) => Type.Integer({ ...options }),
  Number: (options: Numeric) => Type.Number({ ...options }),
  /** `true` or `false`. */
  Boolean: (options: About<boolean>) => Type.Boolean({ ...options }),
  OneOf: <Values extends string[]>(values: readonly [...Values], options: About<Values[number]>) => Type.Enum(values, { ...options }),
  /** A port, from 0 (any free one) where `minimum` says so. */
  Port: ({ minimum = 1, ...options }: Omit<Numeric, 'expected' | 'maximum'>) =>
    Type.Integer({ minimum, maximum: 65_535, expected: `a port from ${minimum} to 65535`, ...options }),
}

/** A variable as its builder made it. */
export type VariableSchema = Omit<Text, 'default'> &
  Omit<Numeric, 'default'> & {
    type?: 'string' | 'integer' | 'number' | 'boolean'
    enum?: readonly string[]
    default?: string | number | boolean
  }

/** The variables of `schema` by name, in its order. */
export const variablesOf = ({ properties }: TObject) => properties as unknown as Record<string, VariableSchema>

/** A variable that cannot be used; the message is one line that names it, its value and what is expected. */
export class ConfigError extends Error {}

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads `schema`'s variables from `env`. A variable that is set to nothing counts as not set.
 * @throws ConfigError for the first value that does not fit; values marked `writeOnly` are not repeated.
 */
export function readConfig<Schema extends TObject>(schema: Schema, env: Environment): Static<Schema> {
  const required: readonly string[] = schema.required ?? []
  const values: Record<string, unknown> = {}
  for (const [name, variable] of Object.entries(variablesOf(schema))) {
    const text = env[name] || undefined
    const value = text === undefined ? variable.default : valueOf(variable, text)
    if (value !== undefined) values[name] = value
    else if (text !== undefined || required.includes(name)) throw new ConfigError(refusal(name, variable, text))
  }
  return values as Static<Schema>
}

/** `text` as the value of `variable`; undefined where it does not fit. */
function valueOf(variable: VariableSchema, text: string): string | number | boolean | undefined {
  switch (variable.type) {
    case 'boolean':
      return text === 'true' || (text === 'false' ? false : undefined)
    case 'integer':
      return /^-?\d+$/.test(text) ? within(variable, Number(text)) : undefined
    case 'number':
      return within(variable, Number(text))
    default:
      return fits(variable, text) ? text : undefined
  }
}

function within({ minimum = -Infinity, maximum = Infinity }: VariableSchema, value: number): number | undefined {
  return value >= minimum && value <= maximum ? value : undefined
}

function fits({ enum: values, pattern, minLength = 0, format }: VariableSchema, text: string): boolean {
  if (values) return values.includes(text)
  if (pattern !== undefined && !new RegExp(pattern, 'u').test(text)) return false
  if (format === 'url' && !(/^https?:\/\//.test(text) && URL.canParse(text))) return false
  return text.length >= minLength && (format !== 'ip' || isIP(text) !== 0)
}

function refusal(name: string, { writeOnly, expected }: VariableSchema, text: string | undefined): string {
  const value = text === undefined ? 'is not set' : writeOnly ? '(value not shown)' : `is ${JSON.stringify(text)}`
  return `${name} ${value}: expected ${expected}`
}
