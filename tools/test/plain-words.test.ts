import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { quoted, tableBelow } from '../src/markdown-tables.ts'
import { findings, phrasesIn } from '../src/plain-words.ts'

const rows = tableBelow(new URL('../../docs/style.md', import.meta.url), 'Words')
const examples = (column: number) => rows.flatMap((cells) => quoted(cells[column]!))

test('finds every phrase that the style page replaces, once', () => {
  expect(examples(0).filter((text) => phrasesIn(text).length !== 1)).toEqual([])
})

test('finds nothing in what the style page recommends', () => {
  expect(examples(1).flatMap(phrasesIn)).toEqual([])
})

test('finds nothing in sentences that only look alike', () => {
  const plain = [
    'there is no route',
    'a pod that is no longer ready',
    'services of its own workloads',
    'w3c-beside-b3 and retry-success-alone are names of checks',
    'send the page a trace id',
  ]
  expect(plain.flatMap(phrasesIn)).toEqual([])
})

test('each phrase is reported with its file and line, in code and pages, and not in node_modules and generated pages', () => {
  const root = mkdtempSync(join(tmpdir(), 'plain-words-'))
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  try {
    write('apps/a/src/a.ts', 'const a = 1\n/** Told alone. */\n')
    write('README.md', '# A\n\nNobody.\n')
    write('k8s/a.yaml', '# beside\n')
    write('docs/cli.md', 'Nobody.\n')
    write('apps/a/node_modules/b/b.ts', '// nobody\n')
    expect(findings(root).toSorted()).toEqual([
      'README.md:3: "nobody"',
      'apps/a/src/a.ts:2: "alone"',
      'apps/a/src/a.ts:2: "told"',
      'k8s/a.yaml:1: "beside"',
    ])
  } finally {
    rmSync(root, { recursive: true })
  }
})
