/** Labels of namespaces, and what selects by them. */
import { hasLabels } from '../model/conditions.ts'
import type { NamespaceSelector } from '../manifests/kinds/gateway-api-gateway.ts'
import type { StoredObject } from '../model/manifest.ts'

/** Every name is a namespace; those that were applied may have labels. */
export class Namespaces {
  readonly #labels: ReadonlyMap<string, Readonly<Record<string, string>>>

  constructor(objects: readonly StoredObject[]) {
    this.#labels = new Map(objects.map(({ name, labels }) => [name, labels]))
  }

  /** Those that were applied. */
  get names(): Iterable<string> {
    return this.#labels.keys()
  }

  /** By Kubernetes' rules: all parts of the selector have to fit, and an empty one fits every namespace. */
  selects({ matchLabels = {}, matchExpressions = [] }: NamespaceSelector, namespace: string): boolean {
    const labels = new Map(Object.entries(this.#labels.get(namespace) ?? {})).set('kubernetes.io/metadata.name', namespace)
    return (
      hasLabels(matchLabels, Object.fromEntries(labels)) &&
      matchExpressions.every(({ key, operator, values = [] }) => {
        const value = labels.get(key)
        if (operator === 'In') return value !== undefined && values.includes(value)
        if (operator === 'NotIn') return value === undefined || !values.includes(value)
        return (operator === 'Exists') === (value !== undefined)
      })
    )
  }
}
