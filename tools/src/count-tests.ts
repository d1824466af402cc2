/** Adds up what vitest reported in every project: the last line of `npm test`, `npm run e2e` and CI. */
import { globSync, readFileSync } from 'node:fs'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** Sum over the reports (vitest's JSON reporter). A suite that failed to load counts as one failure. */
export function add(reports: readonly string[]): Counts {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 }
  for (const report of reports) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(report)
    const unloaded = testResults.filter(
      (file: { status: string; assertionResults: unknown[] }) => file.status === 'failed' && file.assertionResults.length === 0,
    )
    total.passed += numPassedTests
    total.failed += numFailedTests + unloaded.length
    total.skipped += numPendingTests + numTodoTests
  }
  return total
}

if (import.meta.main) {
  const kinds = process.argv.slice(2)
  const files = kinds.flatMap((kind) => globSync(`{apps/*,libs/*,bench,tools,k8s}/reports/${kind}.json`))
  const { passed, failed, skipped } = add(files.map((file) => readFileSync(file, 'utf8')))
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = failed > 0 || files.length === 0 ? 1 : 0
}
