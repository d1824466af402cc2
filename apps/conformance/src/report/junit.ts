/** JUnit's XML (the schema of Jenkins' xUnit plugin): one suite per run, one test case per check. */
import { repeat, type Report } from './report.ts'

export function junit(report: Report): string {
  const { results, counts, duration, startedAt, target, seed, alpha } = report
  const time = (ms: number) => (ms / 1000).toFixed(3)
  const properties = { target: target.name, seed, alpha, ...target.versions }
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="bookinfo-conformance" time="${time(duration)}" tests="${results.length}" failures="${counts.failed}" errors="0">`,
    `  <testsuite name="${escape(target.name)}" tests="${results.length}" failures="${counts.failed}" errors="0" skipped="${counts.unsupported}" time="${time(duration)}" timestamp="${startedAt.slice(0, 19)}">`,
    '    <properties>',
    ...Object.entries(properties).map(([name, value]) => `      <property name="${escape(name)}" value="${escape(String(value))}"/>`),
    '    </properties>',
  ]
  for (const { name, profile, outcome, reason = '', observations, duration: took, plan } of results) {
    const head = `    <testcase name="${escape(name)}" classname="${profile}" time="${time(took)}"`
    const failures = observations
      .filter(({ pass }) => !pass)
      .map(({ what, expected, observed }) => `${what}: expected ${expected}, observed ${observed}`)
    if (outcome === 'passed' && !plan) lines.push(`${head}/>`)
    else {
      lines.push(`${head}>`)
      if (outcome === 'unsupported') lines.push(`      <skipped message="${escape(reason)}"/>`)
      if (outcome === 'failed')
        lines.push(
          `      <failure message="${escape(reason || failures[0] || '')}" type="finding">${escape([...failures, repeat(report, name)].join('\n'))}</failure>`,
        )
      if (plan) lines.push(`      <system-out>n=${plan.n} alpha=${plan.alpha} power=${plan.power}</system-out>`)
      lines.push('    </testcase>')
    }
  }
  return [...lines, '  </testsuite>', '</testsuites>', ''].join('\n')
}

/** Characters that XML 1.0 does not allow are left out. */
const escape = (text: string) =>
  text
    // oxlint-disable-next-line no-control-regex
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
