/** Commands that act on pods. */
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import type { Typed } from './flag-reader.ts'

/** `deployment/reviews-v2`, `deployment reviews-v2` and `reviews-v2` are the same. */
function workloadOf(words: readonly string[]): string {
  const [first, second] = words
  if (first === undefined) throw new CliError('error: required resource not specified, for instance reviews-v2')
  if (/^deploy(ments?)?(\.apps)?$/.test(first) && second !== undefined) return second
  return first.replace(/^deploy(ments?)?(\.apps)?\//, '')
}

export async function kill({ words }: Typed): Promise<number> {
  const { killed } = await ask<{ killed: string[] }>(
    'POST',
    `/api/pods/${encodeURIComponent(workloadOf(words).replace(/^pods?\//, ''))}/kill`,
  )
  for (const pod of killed) console.log(`pod "${pod}" killed`)
  return 0
}
