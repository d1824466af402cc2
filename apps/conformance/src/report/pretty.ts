/** For people, as the run goes and at its end. */
import { styleText } from 'node:util'
import type { Result } from '../run-check.ts'
import { repeat, seconds, type Report } from './report.ts'

const marks = { passed: ['green', '✓'], failed: ['red', '✗'], unsupported: ['yellow', '○'] } as const
type Style = Parameters<typeof styleText>[0]

/** Colours where `stream` shows them. */
const painter = (stream: NodeJS.WriteStream) => (style: Style, text: string) => styleText(style, text, { stream })

/** One line per check; for a failing one its rule, and what was expected and observed. `rules` is the text of its file. */
export function resultLines(result: Result, rules: string | undefined, again: string, stream: NodeJS.WriteStream): string {
  const paint = painter(stream)
  const [colour, mark] = marks[result.outcome]
  const lines = [`${paint(colour, mark)} ${result.name} ${paint('dim', `${result.title} (${seconds(result.duration)} s)`)}`]
  if (result.reason !== undefined) lines.push(`    ${result.reason}`)
  if (result.outcome !== 'failed') return lines.join('\n')
  for (const { pass, what, expected, observed } of result.observations)
    if (!pass) lines.push(`    ${what}`, `      expected  ${expected}`, `      observed  ${observed}`)
  if (rules !== undefined)
    lines.push(
      '    rules',
      ...rules
        .trimEnd()
        .split('\n')
        .map((line) => `      ${paint('dim', line)}`),
    )
  lines.push(`    again     ${again}`)
  return lines.join('\n')
}

export function summary({ counts, duration, target, seed }: Report, stream: NodeJS.WriteStream): string {
  const paint = painter(stream)
  const { passed, failed, unsupported } = counts
  const verdict = failed > 0 ? paint('red', `${failed} failed`) : paint('green', 'none failed')
  return `\n${verdict}, ${passed} passed, ${unsupported} unsupported on ${target.name} in ${seconds(duration)} s (seed ${seed})`
}

export function pretty(report: Report, stream: NodeJS.WriteStream): string {
  const lines = report.results.map((result) => resultLines(result, undefined, repeat(report, result.name), stream))
  return `${lines.join('\n')}\n${summary(report, stream)}\n`
}
