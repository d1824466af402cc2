/** `explain`: why a request goes where it goes, hop by hop. */
import type { Hop } from '../control/explain.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'
import { readHeaderFlags } from './header-flags.ts'
import { readTargets } from './resource-words.ts'

export async function explain(typed: Typed): Promise<number> {
  await refuseFields(typed)
  const question = {
    path: typed.words[0],
    headers: readHeaderFlags(typed.list('header')),
    method: typed.text('request'),
    user: typed.text('user'),
    from: typed.text('from'),
    service: typed.text('service'),
  }
  console.log(tell(await ask<Hop>('POST', '/api/explain', question), ''))
  return 0
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
