/**
 * Tables of environment variables in Markdown pages, made from the schemas that read the variables.
 * A comment before the table names the schema: `<!-- variables: src/config.ts Config -->`, relative to the page.
 * `node tools/src/environment-tables.ts` writes the tables of all pages.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

interface Variable {
  description: string
  default?: string | number | boolean
  defaultNote?: string
}

const marked = /(?<marker><!-- variables: (?<file>\S+) (?<name>\w+) -->\n)\n(?:\|.*\n)*/g

/** The text of `page` with the tables that its schemas make. */
export async function withTables(page: URL): Promise<string> {
  let text = readFileSync(page, 'utf8')
  for (const { 0: old, groups } of text.matchAll(marked)) {
    const { marker = '', file = '', name = '' } = groups ?? {}
    const schema = (await import(new URL(file, page).href))[name]
    if (!schema) throw new Error(`${page.pathname}: ${file} exports no ${name}`)
    text = text.replace(old, () => `${marker}\n${table(schema.properties)}`)
  }
  return text
}

function table(properties: Record<string, Variable>): string {
  const rows = Object.entries(properties).map(([name, variable]) => `| \`${name}\` | ${fallback(variable)} | ${variable.description} |\n`)
  return `| Variable | Default | Meaning |\n|---|---|---|\n${rows.join('')}`
}

function fallback({ default: value, defaultNote }: Variable): string {
  const parts = [value === undefined || value === '' ? undefined : `\`${value}\``, defaultNote]
  return parts.filter((part) => part !== undefined).join(', ') || 'none'
}

if (import.meta.main) {
  const root = new URL('../../', import.meta.url)
  const pages = execFileSync('git', ['grep', '-l', '--untracked', '-e', '^<!-- variables: ', '--', '*.md'], { cwd: root, encoding: 'utf8' })
  for (const name of pages.trimEnd().split('\n')) {
    const page = new URL(name, root)
    writeFileSync(page, await withTables(page))
  }
}
