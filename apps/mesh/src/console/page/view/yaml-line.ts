/** Finds the line that a message about a manifest refers to: only by indentation, which is enough to put a cursor there. */

/**
 * Line (from 0) of `where` (`file.yaml#2 VirtualService default/reviews spec.http[0].timeout`) in `text`;
 * of the nearest line above when the field itself is not written there.
 */
export function lineOf(text: string, where: string): number {
  const [, document = '1', rest = ''] = /^\S*?#(\d+)(?:\s(.*))?$/.exec(where) ?? []
  const [, yamlLine] = /^line (\d+)/.exec(rest) ?? []
  if (yamlLine) return Number(yamlLine) - 1
  // A separator's dashes are blanked, so that they are not a list item.
  const lines = text.split('\n').map((line) => line.replace(/^---(?=\s|$)/, '   '))
  let [from, to] = documentRange(text, Number(document))
  let found = from
  const path = rest.split(' ').at(-1) ?? ''
  for (const step of path.match(/[^.[\]]+|\[\d+\]/g) ?? []) {
    const next = step.startsWith('[') ? item(lines, from, to, Number(step.slice(1, -1))) : field(lines, from, to, step)
    if (!next) return found
    ;[from, to] = next
    found = from
  }
  return found
}

function documentRange(text: string, number: number): [number, number] {
  const lines = text.split('\n')
  const starts = [0]
  let content = false
  for (const [index, line] of lines.entries()) {
    if (/^---(\s|$)/.test(line)) {
      // The first separator only opens the first document when nothing but comments stands above it.
      if (content || starts.length > 1) starts.push(index)
      else starts[0] = index
      if (!content) content = true
    } else if (/^[^#\s]/.test(line)) content = true
  }
  const from = starts[number - 1] ?? starts.at(-1)!
  return [from, starts[number] ?? lines.length]
}

const isBlank = (line: string) => /^\s*(#.*)?$/.test(line)
/** Where a line's key stands, past the dashes of list items. */
const keyIndent = (line: string) => /^[\s-]*/.exec(line)![0].length

/** Lines of the field `name`, the shallowest of its block. */
function field(lines: readonly string[], from: number, to: number, name: string): [number, number] | undefined {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  const form = new RegExp(`^(?:[\\s-]*["']?|.*[{,]\\s*)${escaped}["']?\\s*:`)
  let best: number | undefined
  for (let i = from; i < to; i++) {
    const line = lines[i]!
    if (isBlank(line) || !form.test(line)) continue
    if (best === undefined || keyIndent(line) < keyIndent(lines[best]!)) best = i
  }
  if (best === undefined) return undefined
  const indent = keyIndent(lines[best]!)
  let end = best + 1
  // A list may stand as far left as its key.
  while (end < to && (isBlank(lines[end]!) || keyIndent(lines[end]!) > indent)) end++
  return [best, end]
}

/** Lines of a list's item number `index`. */
function item(lines: readonly string[], from: number, to: number, index: number): [number, number] | undefined {
  const dashes: number[] = []
  let indent: number | undefined
  for (let i = from; i < to; i++) {
    const dash = /^\s*-\s/.exec(lines[i]!) ? lines[i]!.indexOf('-') : undefined
    // The item that a range begins with belongs to the list above.
    if (
      dash === undefined ||
      (i === from &&
        indent === undefined &&
        from + 1 < to &&
        /^\s*-\s+[\w"']+\s*:/.test(lines[i]!) &&
        !hasDashAt(lines, from + 1, to, dash))
    )
      continue
    indent ??= dash
    if (dash === indent) dashes.push(i)
  }
  const start = dashes[index]
  return start === undefined ? undefined : [start, dashes[index + 1] ?? to]
}

const hasDashAt = (lines: readonly string[], from: number, to: number, dash: number) =>
  lines.slice(from, to).some((line) => /^\s*-\s/.test(line) && line.indexOf('-') === dash)
