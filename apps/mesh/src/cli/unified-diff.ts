/** Unified diff of two texts, where the machine has no `diff`. */

/** Lines around a change that are shown with it. */
const context = 3

type Edit = { kind: ' ' | '-' | '+'; line: string }

/** What `diff -u` prints for two texts; nothing when they are the same. */
export function unifiedDiff(before: string, after: string, beforeName: string, afterName: string): string {
  if (before === after) return ''
  const edits = editsOf(linesOf(before), linesOf(after))
  return `--- ${beforeName}\n+++ ${afterName}\n${hunksOf(edits).join('')}`
}

/** Lines with their ends: a last one without it is another line. */
const linesOf = (text: string) => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** The shortest way from `a` to `b`, by the longest lines that both have in the same order. */
function editsOf(a: readonly string[], b: readonly string[]): Edit[] {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)]
  const common = Array.from({ length: left.length + 1 }, () => new Uint32Array(right.length + 1))
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      common[i]![j] = left[i] === right[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!)
  const edits: Edit[] = a.slice(0, head).map((line) => ({ kind: ' ', line }))
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      edits.push({ kind: ' ', line: left[i]! })
      i++
      j++
    } else if (j === right.length || (i < left.length && common[i + 1]![j]! >= common[i]![j + 1]!))
      edits.push({ kind: '-', line: left[i++]! })
    else edits.push({ kind: '+', line: right[j++]! })
  }
  return [...edits, ...a.slice(a.length - tail).map((line): Edit => ({ kind: ' ', line }))]
}

function hunksOf(edits: readonly Edit[]): string[] {
  const hunks: string[] = []
  const changed = edits.flatMap(({ kind }, index) => (kind === ' ' ? [] : [index]))
  for (let first = 0; first < changed.length;) {
    let last = first
    while (last + 1 < changed.length && changed[last + 1]! - changed[last]! <= 2 * context) last++
    const [from, to] = [Math.max(0, changed[first]! - context), Math.min(edits.length, changed[last]! + context + 1)]
    hunks.push(hunkOf(edits, from, to))
    first = last + 1
  }
  return hunks
}

function hunkOf(edits: readonly Edit[], from: number, to: number): string {
  const count = (skip: '+' | '-', some: readonly Edit[]) => some.filter(({ kind }) => kind !== skip).length
  const range = (skip: '+' | '-') => {
    const length = count(skip, edits.slice(from, to))
    const start = count(skip, edits.slice(0, from)) + (length === 0 ? 0 : 1)
    return length === 1 ? `${start}` : `${start},${length}`
  }
  const lines = edits
    .slice(from, to)
    .map(({ kind, line }) => `${kind}${line}${line.endsWith('\n') ? '' : '\n\\ No newline at end of file\n'}`)
  return `@@ -${range('+')} +${range('-')} @@\n${lines.join('')}`
}
