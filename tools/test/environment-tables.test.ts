import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withTables } from '../src/environment-tables.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'variables-'))
  const properties = {
    PORT: { description: 'where it listens', default: 80, defaultNote: 'or the next free one' },
    NAME: { description: 'its name', default: '' },
    QUIET: { description: 'no log', default: false },
  }
  writeFileSync(join(folder, 'config.mjs'), `export const Config = ${JSON.stringify({ properties })}\n`)
})
afterEach(() => rmSync(folder, { recursive: true }))

function page(text: string): URL {
  const file = join(folder, 'page.md')
  writeFileSync(file, text)
  return pathToFileURL(file)
}

const head = '# Page\n\n<!-- variables: config.mjs Config -->\n\n'
const table = `| Variable | Default | Meaning |
|---|---|---|
| \`PORT\` | \`80\`, or the next free one | where it listens |
| \`NAME\` | none | its name |
| \`QUIET\` | \`false\` | no log |
`

test('the table after a comment is replaced by what the schema says, and the rest of the page stays', async () => {
  expect(await withTables(page(`${head}| old |\n|---|\n| x |\n\nWords.\n\n| y |\n|---|\n`))).toBe(
    `${head}${table}\nWords.\n\n| y |\n|---|\n`,
  )
})

test('a comment without a table gets one', async () => {
  expect(await withTables(page(head))).toBe(head + table)
})

test('a schema that is not there is an error', async () => {
  await expect(withTables(page(head.replace('Config -->', 'Other -->')))).rejects.toThrow('config.mjs exports no Other')
})
