/** The built-in diff. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unifiedDiff } from '../src/cli/unified-diff.ts'

test('a change in the middle, with three lines around it', () => {
  const before = 'a\nb\nc\nd\ne\nf\ng\nh\ni\n'
  expect(unifiedDiff(before, before.replace('e', 'E'), 'one', 'two')).toBe(
    '--- one\n+++ two\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n',
  )
})

test.each([
  ['nothing before', '', 'a\n', '@@ -0,0 +1 @@\n+a\n'],
  ['nothing after', 'a\nb\n', '', '@@ -1,2 +0,0 @@\n-a\n-b\n'],
  ['an end that is missing', 'a\n', 'a', '@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n'],
])('%s', (_, before, after, hunk) => {
  expect(unifiedDiff(before, after, 'one', 'two')).toBe(`--- one\n+++ two\n${hunk}`)
})

test('the same texts have no difference', () => {
  expect(unifiedDiff('a\n', 'a\n', 'one', 'two')).toBe('')
})

test('two changes far apart are two hunks', () => {
  const lines = Array.from({ length: 20 }, (_, i) => `${i}\n`)
  const diff = unifiedDiff(lines.join(''), lines.with(1, 'x\n').with(18, 'y\n').join(''), 'one', 'two')
  expect(diff.match(/^@@ .*/gm)).toEqual(['@@ -1,5 +1,5 @@', '@@ -16,5 +16,5 @@'])
})

test('the hunks make one text of the other', () => {
  const lines = fc.array(fc.constantFrom('a\n', 'b\n', 'c\n', '- d\n', '\n'), { maxLength: 30 }).map((list) => list.join(''))
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      fc.pre(before !== after)
      expect(rebuilt(before, unifiedDiff(before, after, 'one', 'two'))).toBe(after)
    }),
  )
})

/** `before` changed by the hunks of `diff`, line for line. */
function rebuilt(before: string, diff: string): string {
  const source = before.match(/[^\n]*\n/g) ?? []
  const result: string[] = []
  let at = 0
  for (const line of (diff.match(/[^\n]*\n/g) ?? []).slice(2)) {
    const [, start, count] = /^@@ -(\d+)(?:,(\d+))? /.exec(line) ?? []
    if (start !== undefined) {
      const first = Number(start) - (count === '0' ? 0 : 1)
      result.push(...source.slice(at, first))
      at = first
    } else if (line.startsWith('+')) result.push(line.slice(1))
    else {
      expect(line.slice(1)).toBe(source[at])
      if (line.startsWith(' ')) result.push(source[at]!)
      at++
    }
  }
  return [...result, ...source.slice(at)].join('')
}
