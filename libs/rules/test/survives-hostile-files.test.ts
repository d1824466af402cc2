import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManifestError } from '../src/model/manifest.ts'
import { parseManifests } from '../src/manifests/parse-manifests.ts'
import { compile } from '../src/compile/ruleset.ts'
import { bookinfo } from './support.ts'

const k8s = join(import.meta.dirname, '../../../k8s')
const files = ['networking', 'gateway-api'].flatMap((folder) =>
  readdirSync(join(k8s, folder))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(join(k8s, folder, name), 'utf8') })),
)
const valid = fc.constantFrom(...files.map(({ text }) => text))

test.each(files)('$name is read and compiles', ({ name, text }) => {
  const { objects } = parseManifests(text, name)
  expect(objects.length).toBeGreaterThan(0)
  compile(
    objects.map((object, created) => ({ ...object, created })),
    bookinfo,
  )
})

/** Seconds of processor time within which a file of up to 60 kB must be refused or read: the slowest here takes a tenth of a second. */
const most = 20

const cpuSeconds = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1e6
}

const survives = (text: string): void => {
  const start = cpuSeconds()
  try {
    const { objects } = parseManifests(text, 'hostile.yaml')
    compile(
      objects.map((object, created) => ({ ...object, created })),
      bookinfo,
    )
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error
    expect(error.problems.length).toBeGreaterThan(0)
    for (const { where, message } of error.problems) expect([where.startsWith('hostile.yaml'), message.length > 0]).toEqual([true, true])
  }
  expect(cpuSeconds() - start).toBeLessThan(most)
}

test('files that are cut off', () => {
  fc.assert(
    fc.property(valid, fc.double({ min: 0, max: 1, noNaN: true }), (text, share) =>
      survives(text.slice(0, Math.floor(text.length * share))),
    ),
    { numRuns: 250 },
  )
})

test('files with a line taken out, doubled or moved', () => {
  fc.assert(
    fc.property(valid, fc.nat(), fc.nat(), fc.constantFrom('out', 'doubled', 'moved'), (text, a, b, how) => {
      const lines = text.split('\n')
      const line = lines[a % lines.length]!
      if (how !== 'doubled') lines.splice(a % lines.length, 1)
      if (how !== 'out') lines.splice(b % (lines.length + 1), 0, line)
      survives(lines.join('\n'))
    }),
    { numRuns: 150 },
  )
})

const junk = fc.oneof(
  fc.constantFrom(
    'null',
    '~',
    '-1',
    '1e999',
    '.inf',
    '.nan',
    '""',
    '[]',
    '{}',
    '[[[[]]]]',
    '*a',
    '&a',
    '!!binary x',
    '!!js/function x',
    '"\\u0000"',
    '2001-01-01',
    '0x1F',
    '__proto__',
    'constructor',
  ),
  fc.string({ maxLength: 20 }),
  fc.json().map((text) => text.slice(0, 200)),
)

test('files with values of wrong types', () => {
  fc.assert(
    fc.property(valid, fc.nat(), junk, (text, index, value) => {
      const places = [...text.matchAll(/: (\S.*)$/gm)]
      const place = places[index % places.length]!
      survives(`${text.slice(0, place.index)}: ${value}${text.slice(place.index + place[0].length)}`)
    }),
    { numRuns: 250 },
  )
})

test('specs that are any JSON', () => {
  const kinds = fc.constantFrom(
    ...['VirtualService', 'DestinationRule', 'Gateway', 'ServiceEntry', 'Sidecar'].map((kind) => ({
      kind,
      apiVersion: 'networking.istio.io/v1',
    })),
    ...['PeerAuthentication', 'RequestAuthentication', 'AuthorizationPolicy'].map((kind) => ({ kind, apiVersion: 'security.istio.io/v1' })),
    ...['Gateway', 'HTTPRoute', 'ReferenceGrant'].map((kind) => ({ kind, apiVersion: 'gateway.networking.k8s.io/v1' })),
    { kind: 'RouteRule', apiVersion: 'config.istio.io/v1alpha2' },
  )
  const keys = fc.constantFrom(
    'hosts',
    'http',
    'route',
    'match',
    'host',
    'subsets',
    'rules',
    'servers',
    'parentRefs',
    'listeners',
    'from',
    'to',
    'labels',
    'name',
    'weight',
    'destination',
    '__proto__',
    'toString',
  )
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(null, true, 0, -1, 1.5, '', 'a', '*', '/x'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
    ),
  }))
  fc.assert(
    fc.property(kinds, value, (kind, spec) => survives(JSON.stringify({ ...kind, metadata: { name: 'x' }, spec }))),
    { numRuns: 250 },
  )
})

test('text of any characters', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), survives), { numRuns: 100 })
})

const indicators = [
  '[',
  '{',
  '{a: ',
  '- ',
  '? ',
  '&a ',
  '*a ',
  '!!x ',
  '"',
  "'",
  ': ',
  ',',
  '---\n',
  '...\n',
  '%a\n',
  'a: |\n',
  'k: &a [1]\n',
  '- *a\n',
  'a:\n ',
  '&a [*a,',
  '[a,{',
  '}',
  '\t',
  '<<: ',
]

test.each(indicators.flatMap((unit) => [10, 1000, 20_000].map((times) => [unit, times] as const)))('%j, %i times', (unit, times) => {
  survives(unit.repeat(times).slice(0, 60_000))
})
