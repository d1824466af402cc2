/** docs/rules.md, made from the schemas themselves: `node libs/rules/scripts/field-page.ts` writes it, and a test tells when it is out of date. */
import { writeFileSync } from 'node:fs'
import { fieldTable, kinds } from '../src/manifests/kinds.ts'
import type { FieldRow } from '../src/manifests/schema.ts'

export const pageFile = new URL('../../../docs/rules.md', import.meta.url)

const verdict = ({ refused, ignored }: FieldRow): string =>
  refused !== undefined ? `refused: ${refused}` : ignored !== undefined ? `no effect: ${ignored}` : 'supported'

const cell = (text: string) => text.replaceAll('|', '\\|')

/** One table per kind: each field, the values it takes, and for a refused field the reason. */
export function fieldPage(): string {
  const rows = fieldTable()
  const refused = rows.filter((row) => row.refused !== undefined).length
  const ignored = rows.filter((row) => row.ignored !== undefined).length
  const tables = kinds.flatMap(({ kind, group, versions }) => [
    `## ${kind}`,
    '',
    `${group === '' ? 'Core' : `\`${group}\``}, versions ${versions.join(', ')}.`,
    '',
    '| Field | Takes | Local mesh |',
    '|---|---|---|',
    ...rows
      .filter((row) => row.kind === kind && row.group === group)
      .map((row) => `| \`${row.path}\` | ${cell(row.type)} | ${cell(verdict(row))} |`),
    '',
  ])
  return [
    '# Rules that the local mesh goes by',
    '',
    `${rows.length} fields of ${kinds.length} kinds, ${rows.length - refused - ignored} supported, ${ignored} taken without effect and ${refused} refused. What is refused is refused by name when a file is applied, and so is any field or kind that does not stand here. A test takes every supported field out of a rule and sees the difference.`,
    'A key without a value counts as one that is not there, as it does for the API server. What Kubernetes itself writes into `metadata` and `status` is taken and has no effect.',
    'Service, Deployment and the like in a file are taken with a notice: the local mesh starts its own workloads. This page is made from the schemas: `node libs/rules/scripts/field-page.ts`.',
    '',
    ...tables,
  ].join('\n')
}

if (import.meta.main) writeFileSync(pageFile, fieldPage())
