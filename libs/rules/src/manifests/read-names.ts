import { kinds, leftOut } from './kinds.ts'
import { itemsOf } from './parse-manifests.ts'
import { groupOf, ManifestError, whereIs, type Notice, type Source } from '../model/manifest.ts'
import { readYaml } from './yaml.ts'

/** An object known only by its name. `leftOut` says why the local mesh never has one of its kind. */
export interface NamedObject {
  source: Source
  apiVersion: string
  kind: string
  namespace: string
  name: string
  leftOut?: string
}

/**
 * The objects that manifests name, to look for them or to delete them: apiVersion, kind and metadata.name are enough, and the rest is not looked at.
 * Throws nothing but ManifestError.
 */
export const readNames = (text: string, file: string, namespace = 'default'): NamedObject[] => {
  const names: NamedObject[] = []
  const problems: Notice[] = []
  for (const { number: document, value } of readYaml(text, file))
    for (const { item, at } of itemsOf(value, '')) {
      const where = `${file}#${document}${at}`
      const { apiVersion, kind, metadata } = fieldsOf(item)
      const { name, namespace: own } = fieldsOf(metadata)
      if (!isText(apiVersion)) problems.push({ where: `${where} apiVersion`, message: 'is missing, empty or not a string' })
      else if (!isText(kind)) problems.push({ where: `${where} kind`, message: 'is missing, empty or not a string' })
      else if (!isText(name)) problems.push({ where: `${where} metadata.name`, message: 'is missing, empty or not a string' })
      else {
        const group = groupOf({ apiVersion })
        const known = kinds.find((each) => each.kind === kind && each.group === group)
        const why = known ? undefined : leftOut(group, kind, {})
        const object = {
          source: { file, document },
          apiVersion,
          kind,
          namespace: known?.clusterWide ? '' : isText(own) ? own : namespace,
          name,
        }
        names.push({ ...object, ...(why !== undefined && { leftOut: why }) })
      }
    }
  if (problems.length > 0) throw new ManifestError(problems)
  return names
}

/** What is said of an object that is left out. */
export const leftOutNotice = (object: NamedObject): Notice => ({ where: whereIs(object), message: `left out: ${object.leftOut}` })

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
