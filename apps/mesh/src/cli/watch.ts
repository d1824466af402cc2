/** `-w`: prints changes as they happen. The mesh signals when to look again, and differences are printed. */
import { isDeepStrictEqual } from 'node:util'
import { followEvents } from './client.ts'
import type { Fetched, Found } from './fetch-objects.ts'

export type WatchEvent = 'ADDED' | 'MODIFIED' | 'DELETED'

/** Prints the present objects (unless `onlyChanges`), then every change, until the mesh stops or the command is interrupted. */
export async function watchObjects(
  fetch: () => Promise<Fetched>,
  onlyChanges: boolean,
  show: (found: readonly Found[], event: WatchEvent) => Promise<string>,
): Promise<number> {
  const print = async (found: readonly Found[], event: WatchEvent) => void process.stdout.write(await show(found, event))
  let known: Map<string, Found> | undefined
  for await (const name of followEvents()) {
    if (name !== 'status' && name !== 'rules') continue
    const { found, missing } = await fetch()
    const now = new Map(found.map((each) => [keyOf(each), each]))
    if (known) {
      for (const [key, each] of now)
        if (!isDeepStrictEqual(known.get(key)?.object, each.object)) await print([each], known.has(key) ? 'MODIFIED' : 'ADDED')
      for (const [key, each] of known) if (!now.has(key)) await print([each], 'DELETED')
    } else {
      for (const line of missing) process.stderr.write(`${line}\n`)
      if (missing.length > 0) return 1
      if (!onlyChanges) await print(found, 'ADDED')
    }
    known = now
  }
  return 0
}

const keyOf = ({ kind, object: { metadata } }: Found) => `${kind.group} ${kind.kind} ${metadata.namespace}/${metadata.name}`
