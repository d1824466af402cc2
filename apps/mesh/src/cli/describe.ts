/** `describe`: all that is known of an object, in kubectl's form. */
import type { ObjectEvent } from '../control/list-objects.ts'
import { CliError } from './cli-error.ts'
import { ask } from './client.ts'
import { fetchObjects, wantedBy, type Found } from './fetch-objects.ts'
import type { Typed } from './flag-reader.ts'
import { description } from './print/description.ts'
import { pluralOf } from './resource-words.ts'

export async function describe(typed: Typed): Promise<number> {
  const wanted = await wantedBy(typed)
  if (wanted.length === 0)
    throw new CliError(
      'error: You must specify the type of resource to describe, for instance: bookinfo describe pods. All types: bookinfo api-resources',
    )
  const labels = typed.text('selector') ?? ''
  const fetched = await Promise.all(
    wanted.map(async (each) => {
      const exact = await fetchObjects([each], { labels })
      if (exact.missing.length === 0 || each.name === undefined) return exact
      // As kubectl does: a name that is not there may be the beginning of others.
      const { name: prefix, ...all } = each
      const { found } = await fetchObjects([all], { labels })
      const begun = found.filter(({ object }) => object.metadata.name.startsWith(prefix))
      return begun.length === 0 ? exact : { ...exact, found: begun, missing: [] }
    }),
  )
  const found = fetched.flatMap((each) => each.found)
  const missing = fetched.flatMap((each) => each.missing)
  const texts = await Promise.all(
    found.map(async (each) => description(each.object, typed.on('show-events') ? await eventsOf(each) : undefined)),
  )
  if (texts.length > 0) process.stdout.write(texts.join('\n\n'))
  else if (missing.length === 0)
    process.stderr.write(typed.on('all-namespaces') ? 'No resources found\n' : `No resources found in ${typed.namespace} namespace.\n`)
  for (const line of missing) process.stderr.write(`${line}\n`)
  return missing.length > 0 ? 1 : 0
}

function eventsOf({ kind, object: { metadata } }: Found): Promise<ObjectEvent[]> {
  const { name, namespace } = metadata
  const query = new URLSearchParams({ name, ...(namespace !== undefined && { namespace }) })
  return ask<ObjectEvent[]>('GET', `/api/resources/${pluralOf(kind)}/events?${query}`)
}
