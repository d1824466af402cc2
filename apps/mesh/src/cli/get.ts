/** `get`: objects in tables or in another format, once or as they change. */
import type { KubeObject } from '../control/kube-object.ts'
import { CliError } from './cli-error.ts'
import { getFormats } from './common-flags.ts'
import { fetchObjects, wantedBy, type Fetched, type Found } from './fetch-objects.ts'
import type { Typed } from './flag-reader.ts'
import { printerOf, sortBy, typeOf, type Printer } from './print/formats.ts'
import { tableOf, type TableOptions } from './print/table.ts'
import { warn } from './warn.ts'
import { watchObjects, type WatchEvent } from './watch.ts'

export async function get(typed: Typed): Promise<number> {
  const printer = printerOf(typed, getFormats)
  const wanted = await wantedBy(typed)
  if (wanted.length === 0)
    throw new CliError(
      'error: You must specify the type of resource to get, for instance: bookinfo get pods. All types: bookinfo api-resources',
    )
  const selectors = { labels: typed.text('selector') ?? '', fields: typed.text('field-selector') ?? '' }
  const fetch = () => fetchObjects(wanted, selectors)
  if (typed.on('watch') || typed.on('watch-only')) {
    if (new Set(wanted.map(({ kinds }) => kinds[0]!.plural)).size > 1 || wanted.some(({ kinds }) => kinds.length > 2))
      throw new CliError('error: you may only specify a single resource type')
    return watchObjects(fetch, typed.on('watch-only'), watchPrinter(typed, printer))
  }
  return printOnce(await fetch(), typed, printer)
}

async function printOnce(fetched: Fetched, typed: Typed, printer: Printer | undefined): Promise<number> {
  const { found, missing, single, clusterWide, warnings } = fetched
  const missed = typed.on('ignore-not-found') ? [] : missing
  if (found.length > 0 || (printer && missed.length === 0 && !typed.on('ignore-not-found'))) {
    const objects = sorted(found, typed)
    process.stdout.write(
      printer
        ? await printer(
            objects.map(({ object }) => object),
            single,
          )
        : `${tables(objects, typed)}\n`,
    )
  } else if (missed.length === 0 && !typed.on('ignore-not-found')) {
    const where = typed.on('all-namespaces') || clusterWide ? '' : ` in ${typed.namespace} namespace.`
    process.stderr.write(`No resources found${where}\n`)
  }
  for (const { where, message } of warnings) warn(where, message)
  for (const line of missed) process.stderr.write(`${line}\n`)
  return missed.length > 0 ? 1 : 0
}

function sorted(found: readonly Found[], typed: Typed): readonly Found[] {
  const path = typed.text('sort-by') ?? ''
  if (path === '') return found
  const byObject = new Map(found.map((each) => [each.object, each]))
  return sortBy([...byObject.keys()], path).map((object) => byObject.get(object)!)
}

/** What a watch prints of objects: the head once, and columns as wide as before. */
function watchPrinter(typed: Typed, printer: Printer | undefined): (found: readonly Found[], event: WatchEvent) => Promise<string> {
  const events = typed.on('output-watch-events')
  const widths: number[] = []
  let headers = !typed.on('no-headers')
  return async (found, event) => {
    const objects = sorted(found, typed).map(({ object }) => object)
    if (objects.length === 0) return ''
    if (printer) {
      const printed = objects.map((object) => printer([events ? ({ type: event, object } as unknown as KubeObject) : object], true))
      return (await Promise.all(printed)).join('')
    }
    const table = tableOf(objects, { ...optionsOf(typed), headers, widths, ...(events && { event }) })
    headers = false
    return `${table}\n`
  }
}

/** A table for each kind, in the order that they were asked for. */
function tables(found: readonly Found[], typed: Typed): string {
  const kinds = [...new Set(found.map(({ kind }) => kind.kind + kind.group))]
  return kinds
    .map((key) => {
      const objects = found.filter(({ kind }) => kind.kind + kind.group === key).map(({ object }) => object)
      const { clusterWide } = found.find(({ kind }) => kind.kind + kind.group === key)!.kind
      const options = optionsOf(typed)
      const prefixed = kinds.length > 1 || typed.on('show-kind')
      return tableOf(objects, {
        ...options,
        everywhere: options.everywhere && !clusterWide,
        prefix: prefixed ? typeOf(objects[0]!) : undefined,
      })
    })
    .join('\n\n')
}

const optionsOf = (typed: Typed): TableOptions => ({
  wide: typed.text('output') === 'wide',
  everywhere: typed.on('all-namespaces'),
  showLabels: typed.on('show-labels'),
  labelColumns: typed.list('label-columns'),
  headers: !typed.on('no-headers'),
})
