/** What the terminal shows: a compact list on a terminal, plain lines elsewhere. */
import { styleText } from 'node:util'

// A terminal or pipe that was closed (`npm start | head`) ends the output, not the mesh.
process.stdout.on('error', () => {})

/** Colours where they can be seen: not in a pipe, and not when NO_COLOR says so. */
export const paint = (style: Parameters<typeof styleText>[0], text: string) => styleText(style, text, { stream: process.stdout })

export function say(line: string) {
  process.stdout.write(`${line}\n`)
}

/** Rows with aligned columns, two blanks apart; the last column is not padded. */
export function table(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return rows.map((row) => indent + row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]! + 2))).join('')).join('\n')
}

export const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
