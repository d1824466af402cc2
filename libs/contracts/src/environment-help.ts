/** The part of a program's `--help` that lists its variables. */
import type { TObject } from './schema.ts'
import { variablesOf, type VariableSchema } from './environment.ts'

/** One line per variable of `schemas`: its name, what it is for, and its default. */
export function environmentHelp(...schemas: readonly TObject[]): string {
  const variables = schemas.flatMap((schema) => Object.entries(variablesOf(schema)))
  const width = Math.max(...variables.map(([name]) => name.length)) + 2
  return variables.map(([name, variable]) => `  ${name.padEnd(width)}${about(variable)}`).join('\n')
}

function about({ description, default: value, defaultNote }: VariableSchema): string {
  const fallback = [value === '' ? undefined : value, defaultNote].filter((part) => part !== undefined).join(', ')
  return `${description}${fallback && ` (${fallback})`}`.replaceAll('`', '')
}
