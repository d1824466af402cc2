/** What the mesh warns of, on standard error. */
let count = 0

export function warn(where: string, message: string) {
  count++
  process.stderr.write(`Warning: ${where}: ${message}\n`)
}

/** Counts warnings that are printed in another form. */
export function countWarnings(more: number) {
  count += more
}

/** How often it has warned, for `--warnings-as-errors`. */
export const warningCount = () => count
