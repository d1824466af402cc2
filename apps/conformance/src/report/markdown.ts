/** For a pull request or a page of documentation. */
import { repeat, seconds, type Report } from './report.ts'

export function markdown(report: Report): string {
  const { results, counts, duration, startedAt, target, seed, alpha } = report
  const versions = Object.entries(target.versions).map(([name, version]) => `${name} ${version}`)
  const rows = results.map(({ name, outcome, plan, duration: took, reason, observations }) => {
    const failures = observations
      .filter(({ pass }) => !pass)
      .map(({ what, expected, observed }) => `${what}: ${expected} expected, ${observed} observed`)
    const sampled = plan ? `n = ${plan.n}, α = ${plan.alpha.toPrecision(2)}, power ${plan.power.toFixed(4)}` : ''
    return `| ${name} | ${outcome} | ${seconds(took)} s | ${sampled} | ${cell([reason ?? '', ...failures].filter(Boolean).join('; '))} |`
  })
  const failed = results.filter(({ outcome }) => outcome === 'failed').map(({ name }) => `    ${repeat(report, name)}`)
  return [
    `# Conformance of ${target.name}`,
    '',
    `${counts.passed} passed, ${counts.failed} failed, ${counts.unsupported} unsupported. Target ${target.name} (${versions.join(', ')}), ${startedAt}, ${seconds(duration)} s, seed ${seed}, false-alarm budget ${alpha}.`,
    '',
    '| Check | Outcome | Time | Samples | Found |',
    '|---|---|---|---|---|',
    ...rows,
    ...(failed.length > 0 ? ['', 'To repeat what failed:', '', ...failed] : []),
    '',
  ].join('\n')
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
