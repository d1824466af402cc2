/** `lint`: what rule files would do, without a mesh. */
import type { Notice } from '@bookinfo/rules/manifest'
import type { ManifestFile } from '../rules/store.ts'
import { CliError } from './cli-error.ts'
import type { Typed } from './flag-reader.ts'
import { asSarif } from './lint-sarif.ts'
import { filesOf } from './manifest-files.ts'
import { countWarnings } from './warn.ts'

/** `error`: the mesh refuses the file; `warning`: a rule cannot do what it says; `note`: an object is left out, or an old format converted. */
export type Level = 'error' | 'warning' | 'note'

export interface Finding {
  level: Level
  file: string
  /** From 1. */
  line: number
  /** `VirtualService default/reviews spec.http[0]`; empty when the text is not YAML. */
  object: string
  message: string
}

const formats: readonly string[] = ['text', 'json', 'sarif']

export async function lint(typed: Typed): Promise<number> {
  if (typed.words.length > 0) throw new CliError(`error: Unexpected args: [${typed.words.join(' ')}]; name files with -f`)
  const format = typed.text('output')!
  if (!formats.includes(format))
    throw new CliError(`error: unable to match a printer suitable for the output format "${format}", allowed formats are: json,sarif,text`)
  const files = await filesOf(typed)
  const findings = await findingsIn(files, typed.namespace)
  if (format === 'json') process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
  else if (format === 'sarif') process.stdout.write(`${JSON.stringify(asSarif(findings), null, 2)}\n`)
  else for (const finding of findings) process.stdout.write(`${wordsOf(finding)}\n`)
  const ofLevel = (level: Level) => findings.filter((finding) => finding.level === level).length
  const [errors, warnings] = [ofLevel('error'), ofLevel('warning')]
  process.stderr.write(`${counted(files.length, 'file')}: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}\n`)
  countWarnings(warnings)
  return errors === 0 ? 0 : 1
}

/** All that can be said about `files`, in their order and from top to bottom. */
export async function findingsIn(files: readonly ManifestFile[], namespace?: string): Promise<Finding[]> {
  const [{ readOffline }, { LinePlaces }] = await Promise.all([import('../rules/offline.ts'), import('./lint-places.ts')])
  const { problems, notices, warnings } = readOffline(files, namespace)
  const places = new LinePlaces(files)
  const found = (level: Level, all: readonly Notice[]) =>
    all.map(({ where, message }): Finding => ({ level, ...places.of(where), message }))
  const order = new Map(files.map(({ file }, index) => [file, index]))
  return [...found('error', problems), ...found('warning', warnings), ...found('note', notices)].toSorted(
    (a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line,
  )
}

const wordsOf = ({ level, file, line, object, message }: Finding) =>
  `${file}:${line}: ${level}: ${object === '' ? '' : `${object}: `}${message}`

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
