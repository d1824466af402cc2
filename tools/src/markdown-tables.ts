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
