/** `lint`: what rule files would do, without a mesh. */
import { CliError } from './cli-error.ts'
import type { Typed } from './flag-reader.ts'
import { findingsIn, type Finding, type Level } from './lint-findings.ts'
import { asSarif } from './lint-sarif.ts'
import { filesOf } from './manifest-files.ts'
import { countWarnings } from './warn.ts'

const formats: ReadonlySet<string> = new Set(['text', 'json', 'sarif'])

export async function lint(typed: Typed): Promise<number> {
  if (typed.words.length > 0) throw new CliError(`error: Unexpected args: [${typed.words.join(' ')}]; name files with -f`)
  const format = typed.text('output')!
  if (!formats.has(format))
    throw new CliError(`error: unable to match a printer suitable for the output format "${format}", allowed formats are: json,sarif,text`)
  const files = await filesOf(typed)
  const findings = await findingsIn(files, typed.namespace)
  if (format === 'json') process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
  else if (format === 'sarif') process.stdout.write(`${JSON.stringify(asSarif(findings), null, 2)}\n`)
  const ofLevel = (level: Level) => findings.filter((finding) => finding.level === level).length
  const [errors, warnings] = [ofLevel('error'), ofLevel('warning')]
  const summary = `${counted(files.length, 'file')}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`
  if (format === 'text') process.stdout.write([...findings.map(wordsOf), summary, ''].join('\n'))
  countWarnings(warnings)
  return errors === 0 ? 0 : 1
}

const wordsOf = ({ level, file, line, object, message }: Finding) =>
  `${file}:${line}: ${level}: ${object === '' ? '' : `${object}: `}${message}`

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
