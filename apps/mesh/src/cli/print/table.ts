/** kubectl's tables of objects. */
import type { KubeObject } from '../../control/kube-object.ts'
import { columns } from '../columns.ts'
import { columnsOf } from './kind-columns.ts'

export interface TableOptions {
  wide: boolean
  /** A column for the namespace. */
  everywhere: boolean
  /** `pod/NAME`: where there are several kinds. */
  prefix?: string | undefined
  showLabels: boolean
  labelColumns: readonly string[]
  headers: boolean
  /** What a watch says before each object. */
  event?: string | undefined
  /** How wide columns were before. */
  widths?: number[]
}

/** Head and rows for objects of one kind. */
export function tableOf(objects: readonly KubeObject[], options: TableOptions): string {
  const { wide, everywhere, prefix, showLabels, labelColumns, headers, event, widths } = options
  const kind = columnsOf(objects[0]!, wide)
  const head = [
    ...(event === undefined ? [] : ['EVENT']),
    ...(everywhere ? ['NAMESPACE'] : []),
    ...kind.map(({ title }) => title),
    ...labelColumns.map((label) => label.slice(label.lastIndexOf('/') + 1).toUpperCase()),
    ...(showLabels ? ['LABELS'] : []),
  ]
  const rows = objects.map((object) => {
    const { labels = {}, namespace = '' } = object.metadata
    const [name = '', ...cells] = kind.map(({ value }) => value(object))
    return [
      ...(event === undefined ? [] : [event]),
      ...(everywhere ? [namespace] : []),
      prefix === undefined ? name : `${prefix}/${name}`,
      ...cells,
      ...labelColumns.map((label) => labels[label] ?? ''),
      ...(showLabels ? [labelText(labels)] : []),
    ]
  })
  return columns(headers ? head : undefined, rows, widths)
}

const labelText = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .toSorted()
    .join(',') || '<none>'
