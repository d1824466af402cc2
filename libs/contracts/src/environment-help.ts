/** The part of a program's `--help` that lists its variables. */
import type { TObject } from './schema.ts'
import { variablesOf, type VariableSchema } from './environment.ts'

/** One line per variable of `schemas`: its name, what it is for, and its default. Of two with one name, the last schema's counts. */
export function environmentHelp(...schemas: readonly TObject[]): string {
  const variables = Object.entries<VariableSchema>(Object.assign({}, ...schemas.map(variablesOf)))
  const width = Math.max(...variables.map(([name]) => name.length)) + 2
  return variables.map(([name, variable]) => `  ${name.padEnd(width)}${about(variable)}`).join('\n')
}

function about({ description, default: value, defaultNote }: VariableSchema): string {
  const fallback = [value === '' ? undefined : value, defaultNote].filter((part) => part !== undefined).join(', ')
  return `${description}${fallback && ` (${fallback})`}`.replaceAll('`', '')
}
