import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldTable } from '../src/manifests/kinds.ts'
import { ManifestError } from '../src/model/manifest.ts'
import { parseManifests } from '../src/manifests/parse-manifests.ts'
import { manifests } from './fields/every-kind.ts'

type Fields = Record<string, unknown>

const problems = (text: string): string[] => {
  try {
    parseManifests(text, 'a.yaml')
    return []
  } catch (error) {
    if (error instanceof ManifestError) return error.problems.map(({ where, message }) => `${where}: ${message}`)
    throw error
  }
}

/** A message with a hole: a value that is not there, or one that was not made for readers. */
const hole = /undefined|\[object |\bNaN\b|\bnull,|(?:one of|be|is|than|of) ?(?:,|:|$)|:\s*$|^\s|\s$| {2}|\.:|\.\.[^.]/m

const places = (value: unknown): { holder: Fields; key: string }[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, each]) => [{ holder: value as Fields, key }, ...places(each)])

const junk = fc.constantFrom<unknown>(
  '',
  '/',
  '*',
  'x y',
  'ä',
  0,
  -1,
  1.5,
  1e21,
  true,
  [],
  {},
  [null],
  [[]],
  { '': 1 },
  { a: {} },
  'x'.repeat(300),
)
const names = fc.constantFrom('', ' ', 'a b', 'a.b', 'a]b', 'ä', '"', '\n', 'constructor', 'toString', 'x'.repeat(300))

test('a message has no hole, whatever is wrong where', () => {
  const change = fc.record({
    manifest: fc.constantFrom(...manifests.map((each) => each.manifest)),
    place: fc.nat(),
    value: junk,
    name: fc.option(names),
  })
  let refusals = 0
  fc.assert(
    fc.property(change, ({ manifest, place, value, name }) => {
      const copy = JSON.parse(JSON.stringify(manifest)) as Fields
      const all = places(copy)
      const { holder, key } = all[place % all.length]!
      if (name === null || Array.isArray(holder)) holder[key] = value
      else holder[name] = value
      for (const problem of problems(JSON.stringify(copy))) {
        refusals++
        expect(problem).not.toMatch(hole)
      }
    }),
    { numRuns: 400 },
  )
  expect(refusals).toBeGreaterThan(100)
})

test('the table of fields has no empty cell', () => {
  expect(fieldTable().filter(({ type, refused }) => /^\s*$|\| *(?:\||$)|undefined/.test(refused ?? type))).toEqual([])
})

const route = (parent: string) =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec: {parentRefs: [${parent}], rules: [{backendRefs: [{name: a, port: 1, group: x}]}]}`
const at = 'a.yaml#1 HTTPRoute default/a spec.'

test('the empty string among the values is seen', () => {
  expect(problems(route('{name: a, group: x}'))).toEqual([
    `${at}parentRefs[0].group: must be one of gateway.networking.k8s.io, "", is "x"`,
    `${at}rules[0].backendRefs[0].group: must be "", is "x"`,
  ])
})

test('numbers that JSON does not have are named', () => {
  const weight = (text: string) =>
    problems(
      `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {hosts: [a], http: [{route: [{destination: {host: a}, weight: ${text}}]}]}`,
    )
  const where = 'a.yaml#1 VirtualService default/a spec.http[0].route[0].weight'
  expect(weight('.nan')).toEqual([`${where}: must be an integer from 0 to 2147483647, is NaN`])
  expect(weight('-.inf')).toEqual([`${where}: must be an integer from 0 to 2147483647, is -Infinity`])
})

test('a key that is not to be seen stands in quotes', () => {
  const text = `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: a, labels: {"": "?", "a b": "?"}}\nspec: {"": 1, "b c": 1}`
  expect(problems(text).map((each) => each.replace('a.yaml#1 Sidecar default/a ', ''))).toEqual([
    'metadata.labels[""]: is not a label value',
    'metadata.labels["a b"]: is not a label value',
    'spec[""]: is not a field of this kind',
    'spec["b c"]: is not a field of this kind',
  ])
})
