/** `is never reached` is never said of a rule that some request reaches, and is said of every kind of cover. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answered, atDoor, gateway, rules, virtualService } from './support.ts'

const paths = ['/', '/a', '/A', '/a/b', '/ab', '/c']
const methods = ['GET', 'POST']
const users = [undefined, 'jason', 'jasper']

const path = fc.constantFrom('/', '/a', '/A', '/a/', '/a/b')
const match = fc.record(
  {
    uri: fc.oneof(
      path.map((exact) => ({ exact })),
      path.map((prefix) => ({ prefix })),
      fc.constantFrom({ regex: '/a.*' }, { regex: '*' }),
    ),
    ignoreUriCase: fc.boolean(),
    method: fc.constantFrom({ exact: 'GET' }, { regex: 'GET|POST' }),
    headers: fc.constantFrom({ 'end-user': { exact: 'jason' } }, { 'end-user': { prefix: 'jas' } }, { 'end-user': {} }),
    withoutHeaders: fc.constantFrom({ 'end-user': { exact: 'jason' } }, { 'end-user': {} }),
    port: fc.constant(80),
    sourceLabels: fc.constantFrom({ app: 'productpage' }, { app: 'other' }),
    sourceNamespace: fc.constantFrom('default', 'shop'),
    gateways: fc.constantFrom(['mesh'], ['door'], ['mesh', 'door']),
  },
  { requiredKeys: [] },
)
const lists = fc.array(fc.array(match, { maxLength: 2 }), { minLength: 2, maxLength: 5 })

const door = gateway('door', {
  selector: { istio: 'ingressgateway' },
  servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
})

/** Each rule answers with another status: 200, 201, … */
const compiled = (matches: readonly unknown[][], gateways?: readonly string[]) =>
  rules(
    door,
    virtualService('r', {
      hosts: ['reviews'],
      ...(gateways && { gateways }),
      http: matches.map((own, index) => ({ ...(own.length > 0 && { match: own }), directResponse: { status: 200 + index } })),
    }),
  )

const neverReached = ({ warnings }: ReturnType<typeof compiled>) =>
  warnings.flatMap(({ where, message }) => {
    const [, index] = /spec\.http\[(\d+)\]$/.exec(where) ?? []
    return index !== undefined && message.startsWith('is never reached') ? [Number(index)] : []
  })

test('no request reaches a rule that is said to be never reached', () => {
  fc.assert(
    fc.property(lists, fc.constantFrom<(readonly string[] | undefined)[]>(undefined, ['door'], ['mesh', 'door']), (matches, gateways) => {
      const set = compiled(matches, gateways)
      const said = neverReached(set).map((index) => 200 + index)
      fc.pre(said.length > 0)
      for (const one of paths)
        for (const method of methods)
          for (const user of users) {
            const asked = { path: one, method, ...(user !== undefined && { headers: { 'end-user': user } }) }
            for (const question of [
              ...(gateways?.includes('door') ? [atDoor({ ...asked, authority: 'reviews' })] : []),
              ...(gateways?.includes('mesh') === false ? [] : [asked]),
            ])
              for (const port of 'from' in question ? [0] : [80, 9080]) {
                const status = statusOf(set, { ...question, port })
                expect(said).not.toContain(status)
              }
          }
    }),
    { numRuns: 100 },
  )
})

const statusOf = (set: ReturnType<typeof compiled>, question: Parameters<typeof answered>[1]) => {
  try {
    return answered(set, question).status
  } catch {
    return undefined
  }
}

const jason = { 'end-user': { exact: 'jason' } }
test.each<[string, object, object, boolean]>([
  ['a longer prefix', { uri: { prefix: '/a' } }, { uri: { prefix: '/a/b' } }, true],
  ['an exact path below a prefix', { uri: { prefix: '/a' } }, { uri: { exact: '/ab' } }, true],
  ['another case without ignoreUriCase', { uri: { prefix: '/a' } }, { uri: { exact: '/A' } }, false],
  ['another case with ignoreUriCase', { uri: { prefix: '/a' }, ignoreUriCase: true }, { uri: { exact: '/A' } }, true],
  ['any case behind one case', { uri: { prefix: '/a' } }, { uri: { prefix: '/a' }, ignoreUriCase: true }, false],
  ['one condition more', { uri: { prefix: '/a' } }, { uri: { prefix: '/a' }, headers: jason }, true],
  ['one condition less', { uri: { prefix: '/a' }, headers: jason }, { uri: { prefix: '/a' } }, false],
  ['a shorter prefix', { uri: { prefix: '/a/b' } }, { uri: { prefix: '/a' } }, false],
  ['a prefix behind an exact path', { uri: { exact: '/a' } }, { uri: { prefix: '/a' } }, false],
  ['a regular expression behind a prefix', { uri: { prefix: '/a' } }, { uri: { regex: '/a/b' } }, false],
  [
    'a match with a gateway, which does not look at the source',
    { sourceLabels: { app: 'other' } },
    { sourceLabels: { app: 'other' }, gateways: ['mesh'] },
    false,
  ],
  ['the same regular expression', { uri: { regex: '/a.*' } }, { uri: { regex: '/a.*' }, method: { exact: 'GET' } }, true],
  ['another caller', { sourceLabels: { app: 'a' } }, { sourceLabels: { app: 'b' } }, false],
])('%s', (_name, first, second, reached) => {
  expect(neverReached(compiled([[first], [second]]))).toEqual(reached ? [1] : [])
})

test('of several matches the one that is never reached is named', () => {
  const set = compiled([[{ uri: { prefix: '/a' } }], [{ uri: { prefix: '/a/b' } }, { uri: { prefix: '/c' } }]])
  expect(set.warnings).toEqual([
    expect.objectContaining({
      where: expect.stringMatching(/spec\.http\[1\]\.match\[0\]$/),
      message: 'is never reached: spec.http[0] comes first and takes all that it matches',
    }),
  ])
})

test('a gateway puts a rule for every request last, so that it hides nothing', () => {
  expect(neverReached(compiled([[], [{ uri: { prefix: '/a' } }]], ['door']))).toEqual([])
})
