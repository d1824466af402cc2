/** Headers as people type them: one `name: value` a line. */

export interface HeaderLines {
  headers: Record<string, string>
  /** The first line that is not a header, in words. */
  problem?: string
}

export function readHeaderLines(text: string): HeaderLines {
  const headers: Record<string, string> = {}
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const [, name, value] = /^\s*([A-Za-z0-9-]{1,64})\s*:\s*([ -~]*?)\s*$/.exec(line) ?? []
    if (name === undefined) return { headers, problem: `Line ${index + 1} is not a header: expected name: value` }
    headers[name.toLowerCase()] = value ?? ''
  }
  return { headers }
}
