/** How words and flags are read: kubectl's grammar, and the verb wherever it stands. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { globalFlags } from '../src/cli/common-flags.ts'
import { findVerb, flagsOf } from '../src/cli/find-verb.ts'
import { readFlags, type Flag } from '../src/cli/flag-reader.ts'
import { verbs } from '../src/cli/verbs.ts'

const flags: Flag[] = [
  { name: 'namespace', short: 'n', takes: 'text', default: 'default', summary: '' },
  { name: 'watch', short: 'w', takes: 'switch', summary: '' },
  { name: 'all', short: 'A', takes: 'switch', summary: '' },
  { name: 'filename', short: 'f', takes: 'list', summary: '' },
  { name: 'literal', takes: 'texts', summary: '' },
  { name: 'tail', takes: 'number', summary: '' },
  { name: 'timeout', takes: 'duration', summary: '' },
  { name: 'dry-run', takes: 'text', bare: 'unchanged', default: 'none', summary: '' },
  { name: 'context', takes: 'text', summary: '', refused: 'there is one mesh' },
]
const read = (...args: string[]) => readFlags(args, flags)

test.each([
  [['-n', 'a', 'x']],
  [['-na', 'x']],
  [['-n=a', 'x']],
  [['--namespace', 'a', 'x']],
  [['--namespace=a', 'x']],
  [['x', '-n', 'a']],
  [['-wn', 'a', 'x']],
  [['-n', 'b', '-n', 'a', 'x']],
  [['--', 'x', '-n', 'b']],
])('%j has one word x first', (args) => expect(read(...args).words[0]).toBe('x'))

test.each([
  [['-n', 'a']],
  [['-na']],
  [['-n=a']],
  [['--namespace', 'a']],
  [['--namespace=a']],
  [['-wn', 'a']],
  [['-wAna']],
  [['-n', 'b', '-n', 'a']],
])('%j means the namespace a', (args) => expect(read(...args).namespace).toBe('a'))

test.each([
  [
    ['-f', 'a,b', '-f', 'c'],
    ['a', 'b', 'c'],
  ],
  [['--filename=a,b'], ['a', 'b']],
  [
    ['-f', '"a,b",c'],
    ['a,b', 'c'],
  ],
  [
    ['-f', ',a'],
    ['', 'a'],
  ],
  [['-f', '-'], ['-']],
])('%j is the list %j', (args, list) => expect(read(...args).list('filename')).toEqual(list))

test('a value that may have commas is kept whole', () =>
  expect(read('--literal=a=1,2', '--literal', 'b=3').list('literal')).toEqual(['a=1,2', 'b=3']))

test.each([
  ['--watch', true],
  ['--watch=false', false],
  ['-w=0', false],
  ['-w', true],
  ['--watch=T', true],
])('the switch %s is %s', (arg, on) => expect(read(arg).on('watch')).toBe(on))

test('a switch takes no next word, nor does a flag that has a value without one', () => {
  expect(read('--watch', 'false').words).toEqual(['false'])
  expect(read('--dry-run', 'server')).toMatchObject({ words: ['server'] })
  expect(read('--dry-run', 'server').text('dry-run')).toBe('unchanged')
  expect(read('--dry-run=server').text('dry-run')).toBe('server')
  expect(read().text('dry-run')).toBe('none')
})

test('after -- everything is a word', () => {
  const typed = read('pod', '--', 'curl', '-n', '--watch')
  expect(typed.words).toEqual(['pod', 'curl', '-n', '--watch'])
  expect(typed.dashAt).toBe(1)
})

test.each([
  ['1h30m', 5_400_000],
  ['1.5s', 1500],
  ['0', 0],
  ['250ms', 250],
])('%s is a duration', (text, ms) => expect(read('--timeout', text).duration('timeout')).toBe(ms))

test.each([
  [['--foo'], 'error: unknown flag: --foo'],
  [['--wathc'], 'error: unknown flag: --wathc, did you mean --watch?'],
  [['--namespace_'], 'error: unknown flag: --namespace-, did you mean --namespace?'],
  [['-x'], "error: unknown shorthand flag: 'x' in -x"],
  [['-wx'], "error: unknown shorthand flag: 'x' in -x"],
  [['-literal=a'], "error: unknown shorthand flag: 'l' in -literal=a, did you mean --literal?"],
  [['-n'], "error: flag needs an argument: 'n' in -n"],
  [['--namespace'], 'error: flag needs an argument: --namespace'],
  [['---x'], 'error: bad flag syntax: ---x'],
  [['--=x'], 'error: bad flag syntax: --=x'],
  [['-w=7'], 'error: invalid argument "7" for "-w, --watch" flag: expected true or false'],
  [['--tail=x'], 'error: invalid argument "x" for "--tail" flag: expected a number'],
  [['--timeout=5'], 'error: invalid argument "5" for "--timeout" flag: expected a duration such as 30s, 2m or 1h30m'],
  [['--context=a'], 'error: --context is not supported: there is one mesh'],
  [['--context', 'a'], 'error: --context is not supported: there is one mesh'],
])('%j is refused in one line', (args, message) => expect(() => read(...args)).toThrow(new Error(message)))

const verbOf = (args: string[]) => {
  const found = findVerb(args, verbs)
  return found && { name: found.verb.name, words: readFlags(found.rest, flagsOf(found.verb)).words }
}

test.each([
  [['get', 'pods'], 'get', ['pods']],
  [['-n', 'get', 'get', 'pods'], 'get', ['pods']],
  [['-A', 'get', 'pods'], 'get', ['pods']],
  [['create', '-n', 'istio-system', 'secret', 'tls', 'x', '--key=a', '--cert', 'b'], 'create secret tls', ['x']],
  [['create', 'secret', 'tls', '--cert', 'generic', '--key=b', 'x'], 'create secret tls', ['x']],
  [['create', '-f', 'secret'], 'create', []],
  [['rollout', 'restart', 'deploy', 'restart'], 'rollout restart', ['deploy', 'restart']],
])('%j is the verb %s', (args, name, words) => expect(verbOf(args)).toEqual({ name, words }))

test('flags may stand anywhere, in any order', () => {
  const words = ['get', 'pods', 'a', 'b']
  const parts = [['-n', 'x'], ['--output=name'], ['-A'], ['--all-namespaces=false'], ['-n=y']]
  const typedOf = (args: string[]) => {
    const { verb, rest } = findVerb(args, verbs)!
    const typed = readFlags(rest, flagsOf(verb))
    return { verb: verb.name, words: typed.words, output: typed.text('output') }
  }
  const places = fc.array(fc.nat(words.length), { minLength: parts.length, maxLength: parts.length })
  fc.assert(
    fc.property(places, fc.shuffledSubarray(parts, { minLength: parts.length }), (at, shuffled) => {
      const args = [...words, ''].flatMap((word, i) => [
        ...shuffled.filter((_, j) => at[j] === i).flat(),
        ...(i < words.length ? [word] : []),
      ])
      expect(typedOf(args)).toEqual({ verb: 'get', words: ['pods', 'a', 'b'], output: 'name' })
    }),
  )
})

test('whatever is typed, it is read or refused in one line', () => {
  const piece = fc.oneof(fc.string(), fc.constantFrom('-', '--', '-n', '--namespace=', '-w', '-f', '-wA=', '--tail=1', '-f=a,"'))
  fc.assert(
    fc.property(fc.array(piece), (args) => {
      try {
        readFlags(args, flags)
      } catch (error) {
        expect((error as Error).message).toMatch(/^error: /)
      }
    }),
  )
})

test('no two flags of a verb share a name or a letter, and each verb is there once', () => {
  const twice = (all: (string | undefined)[]) => all.filter((each, i) => each !== undefined && all.indexOf(each) !== i)
  for (const verb of verbs) {
    const own = flagsOf(verb)
    expect([verb.name, twice(own.map(({ name }) => name)), twice(own.map(({ short }) => short))]).toEqual([verb.name, [], []])
  }
  expect(twice(verbs.map(({ name }) => name))).toEqual([])
  expect(twice(globalFlags.map(({ name }) => name))).toEqual([])
})
