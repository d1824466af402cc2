/** kubectl's tables: columns three blanks apart and six characters wide at least, a head of capital letters unless there is none. `widths` remembers how wide columns were, for rows that follow later. */
export function columns(head: readonly string[] | undefined, rows: readonly (readonly string[])[], widths: number[] = []): string {
  const all = head ? [head, ...rows] : rows
  for (const row of all) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return all
    .map((row) => row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(Math.max(6, widths[i]! + 3)))).join(''))
    .join('\n')
}

/** kubectl's age of what began at `since`: `45s`, `3m20s`, `12m`, `3h4m`, `2d1h`, `400d`. */
export function age(since: number, now = Date.now()): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  const both = (large: string, small: number, unit: string) => (small === 0 ? large : `${large}${small}${unit}`)
  if (seconds < 120) return `${seconds}s`
  if (minutes < 10) return both(`${minutes}m`, seconds % 60, 's')
  if (hours < 3) return `${minutes}m`
  if (hours < 8) return both(`${hours}h`, minutes % 60, 'm')
  if (hours < 48) return `${hours}h`
  if (days < 8) return both(`${days}d`, hours % 24, 'h')
  if (days < 730) return `${days}d`
  return both(`${Math.floor(days / 365)}y`, days < 2920 ? days % 365 : 0, 'd')
}
