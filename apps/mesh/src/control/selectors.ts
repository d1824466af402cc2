/** `-l` and `--field-selector`: which objects are meant, in Kubernetes' grammar. */
import type { KubeObject } from './kube-object.ts'

/** A selector that cannot be read: one line. */
export class SelectorError extends Error {
  readonly statusCode = 400
}

type Labels = Readonly<Record<string, string>>

const key = String.raw`(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?`
const value = String.raw`(?:[A-Za-z0-9](?:[-\w.]*[A-Za-z0-9])?)?`
const forms: readonly [RegExp, (match: readonly string[]) => (labels: Labels) => boolean][] = [
  [
    new RegExp(String.raw`^(${key})\s*==?\s*(${value})$`),
    ([, name = '', wanted]) =>
      (labels) =>
        labels[name] === wanted,
  ],
  // As in Kubernetes: what has no such label has another value.
  [
    new RegExp(String.raw`^(${key})\s*!=\s*(${value})$`),
    ([, name = '', wanted]) =>
      (labels) =>
        labels[name] !== wanted,
  ],
  [
    new RegExp(String.raw`^(${key})\s+(in|notin)\s*\(([^()]*)\)$`),
    ([, name = '', operator, list = '']) => {
      const wanted = new Set(list.split(',').map((each) => each.trim()))
      return operator === 'in'
        ? (labels) => Object.hasOwn(labels, name) && wanted.has(labels[name]!)
        : (labels) => !Object.hasOwn(labels, name) || !wanted.has(labels[name]!)
    },
  ],
  [
    new RegExp(String.raw`^(${key})\s*([<>])\s*(\d+)$`),
    ([, name = '', operator, number]) => {
      return (labels) =>
        /^\d+$/.test(labels[name] ?? '') && (operator === '>') === Number(labels[name]) > Number(number) && labels[name] !== number
    },
  ],
  [
    new RegExp(`^(${key})$`),
    ([, name = '']) =>
      (labels) =>
        Object.hasOwn(labels, name),
  ],
  [
    new RegExp(String.raw`^!\s*(${key})$`),
    ([, name = '']) =>
      (labels) =>
        !Object.hasOwn(labels, name),
  ],
]

/** Whether labels are those of a selector (`app=reviews,version in (v1, v2),!old`). @throws SelectorError */
export function labelSelector(text: string): (labels: Labels) => boolean {
  const tests = outerParts(text).map((part) => {
    for (const [form, test] of forms) {
      const match = form.exec(part)
      if (match) return test(match)
    }
    throw new SelectorError(
      `unable to parse requirement ${JSON.stringify(part)} of the selector: expected KEY=VALUE, KEY!=VALUE, KEY in (A, B), KEY notin (A, B), KEY or !KEY`,
    )
  })
  return (labels) => tests.every((test) => test(labels))
}

/** Parts between commas that stand outside of parentheses. */
const outerParts = (text: string): string[] => (text.trim() === '' ? [] : text.split(/,(?![^(]*\))/).map((part) => part.trim()))

/** Fields that Kubernetes can filter a list by, in addition to name and namespace. */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec.nodeName', 'spec.serviceAccountName', 'status.phase', 'status.podIP'],
  Service: ['spec.clusterIP', 'spec.type'],
  Namespace: ['status.phase'],
  Secret: ['type'],
}

/** Whether an object of `kind` has the fields of a selector (`status.phase=Running,metadata.name!=a`). @throws SelectorError */
export function fieldSelector(text: string, kind: string): (object: KubeObject) => boolean {
  const tests =
    text === ''
      ? []
      : text.split(',').map((part) => {
          const [, path = '', operator, wanted = ''] = /^\s*([^=!\s]+)\s*(==?|!=)\s*(.*?)\s*$/.exec(part) ?? []
          if (operator === undefined)
            throw new SelectorError(`invalid selector: ${JSON.stringify(part)}; can't understand ${JSON.stringify(part)}`)
          if (!['metadata.name', 'metadata.namespace', ...(fieldsOf[kind] ?? [])].includes(path))
            throw new SelectorError(`field label not supported: ${path}`)
          return (object: KubeObject) => {
            const found = path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], object)
            return ((typeof found === 'string' ? found : '') === wanted) === (operator !== '!=')
          }
        })
  return (object) => tests.every((test) => test(object))
}
