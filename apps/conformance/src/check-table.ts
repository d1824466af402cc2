/** docs/conformance-checks.md, made from the checks: `node src/check-table.ts` writes it, and a test tells when it is out of date. */
import { writeFileSync } from 'node:fs'
import { loadCatalog, type Case } from './catalog.ts'
import { plansOf } from './run.ts'
import { falseAlarmBudget } from './statistics/plan.ts'

export const tableFile = new URL('../../../docs/conformance-checks.md', import.meta.url)

/** One row per check: what it says of a right mesh, with which APIs, and how many requests a sampled one sends. */
export function checkTable(catalog: readonly Case[]): string {
  const plans = plansOf(catalog, falseAlarmBudget)
  const rows = Array.from(
    Map.groupBy(catalog, ({ check }) => check),
    ([check, cases]) => {
      const { title, features, needs = [] } = cases[0]!.definition
      const apis = cases
        .map(({ profile, file }) => (file === undefined ? 'no rule' : profile === 'istio' ? 'Istio' : 'Gateway API'))
        .join(', ')
      const n = plans.get(cases[0]!.name)?.n
      return `| [${check}](../apps/conformance/checks/${check}.ts) | ${title} | ${features.join(', ')} | ${apis} | ${needs.join(', ')} | ${n ?? ''} |`
    },
  )
  return [
    '# The checks',
    '',
    `${rows.length} checks, ${catalog.length} with the Gateway API's forms counted. This page is made from them: \`node apps/conformance/src/check-table.ts\`.`,
    '[Conformance](conformance.md) explains what a check is, and how its sample size is chosen.',
    '',
    '| Check | What is true of a right mesh | Features | Rules | Needs | Requests |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(tableFile, checkTable(await loadCatalog()))
