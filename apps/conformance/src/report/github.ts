/** Lines that GitHub shows as annotations: an error for each failed check, a notice that counts them all. */
import { repeat, type Report } from './report.ts'

export function github(report: Report): string {
  const { results, counts, target } = report
  const lines = results
    .filter(({ outcome }) => outcome === 'failed')
    .map(({ name, title, reason, observations }) => {
      const findings = observations
        .filter(({ pass }) => !pass)
        .map(({ what, expected, observed }) => `${what}: expected ${expected}, observed ${observed}`)
      return `::error title=${property(`${name}: ${title}`)}::${data([...(reason ? [reason] : findings), repeat(report, name)].join('\n'))}`
    })
  const sum = `${counts.passed} passed, ${counts.failed} failed, ${counts.unsupported} unsupported`
  return `${[...lines, `::notice title=${property(`Conformance of ${target.name}`)}::${sum}`].join('\n')}\n`
}

/** GitHub's own escapes: a line break or a percent sign would end a command or change it. */
const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
