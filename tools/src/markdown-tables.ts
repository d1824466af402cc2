/** Tables of Markdown pages, for tests that hold a page to the code. */
import { readFileSync } from 'node:fs'

/** The rows of the first table below the heading in `page`, cell by cell, without the table's head. */
export function tableBelow(page: URL, heading: string): string[][] {
  const [, below] = readFileSync(page, 'utf8').split(new RegExp(String.raw`^#+ ${heading}\n`, 'm'))
  if (below === undefined) throw new Error(`${page.pathname} has no heading "${heading}"`)
  const [table] = /(?:^\|.*\n)+/m.exec(below.split(/^#/m, 1)[0]!) ?? []
  if (table === undefined) throw new Error(`${page.pathname} has no table below "${heading}"`)
  const rows = table.trimEnd().split('\n').slice(2)
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

/** What stands in backquotes in `text`. */
export const quoted = (text: string): string[] => [...text.matchAll(/`([^`]*)`/g)].map(([, inner]) => inner!)

/**
 * Where the table of variables below the heading in `page` and the schema's properties differ: a name that only one of them has,
 * a default that the row of its variable does not tell.
 */
export function variableProblems(page: URL, heading: string, properties: Record<string, object>): string[] {
  const rows = tableBelow(page, heading).map((cells) => ({ names: quoted(cells[0]!), text: cells.slice(1).join(' ') }))
  const listed = rows.flatMap(({ names }) => names)
  const problems = listed.filter((name) => !(name in properties)).map((name) => `${name} is in the table and not read`)
  for (const [name, { default: value }] of Object.entries<{ default?: string | number | boolean }>(properties)) {
    const row = rows.find(({ names }) => names.includes(name))
    if (!row) problems.push(`${name} is not in the table`)
    else if (value !== undefined && value !== '' && !row.text.includes(String(value)))
      problems.push(`${name}: the default ${String(value)} is not stated`)
  }
  return problems
}
