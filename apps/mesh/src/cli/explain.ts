/** `explain`: why a request goes where it goes, hop by hop. */
import type { Hop, Question } from '../control/explain.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { readHeaderFlags } from './header-flags.ts'
import { filesOf } from './manifest-files.ts'
import { readTargets } from './resource-words.ts'
import { warn } from './warn.ts'

export async function explain(typed: Typed): Promise<number> {
  await refuseFields(typed)
  const question = questionOf(typed)
  const offline = typed.has('filename') || typed.has('kustomize')
  console.log(tell(await (offline ? withoutMesh(typed, question) : ask<Hop>('POST', '/api/explain', question)), ''))
  return 0
}

function questionOf(typed: Typed) {
  const [method, path = typed.words[0], more] = (typed.text('request') ?? '').split(/\s+/)
  if (more !== undefined || (typed.words[0] !== undefined && path !== typed.words[0]))
    throw new CliError(`error: --request "${typed.text('request')}": expected METHOD or 'METHOD PATH', and the path only once`)
  return {
    path,
    headers: readHeaderFlags(typed.list('header')),
    method: method || undefined,
    user: typed.text('user'),
    from: typed.text('from'),
    service: typed.text('service'),
  }
}

/** By the rules of files only, for the application's own workloads. */
async function withoutMesh(
  typed: Typed,
  { method = 'GET', ...asked }: Omit<Question, 'method'> & { method?: string | undefined },
): Promise<Hop> {
  const [files, { readOffline, offlineWorld }, { explain: answer }] = await Promise.all([
    filesOf(typed),
    import('../rules/offline.ts'),
    import('../control/explain.ts'),
  ])
  const read = readOffline(files, typed.namespace)
  if (read.problems.length > 0) throw new CliError(read.problems.map(({ where, message }) => `error: ${where}: ${message}`).join('\n'))
  for (const { where, message } of read.warnings) warn(where, message)
  try {
    return await answer(offlineWorld(read), { ...asked, method })
  } catch (error) {
    throw new CliError(`error: ${(error as Error).message}`)
  }
}

function tell(hop: Hop, indent: string): string {
  const lines = [`${indent}${hop.from} → ${hop.method} ${hop.authority}${hop.path}`]
  const say = (text: string) => lines.push(`${indent}  ${text}`)
  for (const { rule, reason } of hop.steps) say(`${rule}: ${reason}`)
  if (hop.delayMs > 0) say(`held back for ${hop.delayMs} ms`)
  if (hop.timeoutMs > 0) say(`timeout ${hop.timeoutMs} ms`)
  for (const mirror of hop.mirrors) say(`mirrored to ${mirror}`)
  for (const { rule, reason } of hop.policy) say(`at the destination, ${rule}: ${reason}`)
  if (hop.chances.length > 1)
    say(`by chance: ${hop.chances.map(({ result, share }) => `${result} ${(share * 100).toFixed(0)} %`).join(', ')}`)
  say(`= ${hop.status === null ? '' : `${hop.status}, `}${hop.result}`)
  return [...lines, ...hop.next.map((each) => tell(each, `${indent}    `))].join('\n')
}

/** kubectl's explain is about fields; ours says where those are. */
async function refuseFields({ words }: Typed) {
  const [word] = words
  if (word === undefined || word.startsWith('/')) return
  const [target] = await readTargets([word.split('.', 1)[0]!]).catch(() => [])
  const kind = target?.kinds.find(({ runs }) => !runs)
  if (kind)
    throw new CliError(
      `error: explain says why a request goes where it goes: bookinfo explain /productpage; the fields of ${kind.kind} are listed in docs/rules.md#${kind.kind.toLowerCase()}`,
    )
}
