import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseFlatObject } from '../src/parse-flat-object.ts'

/** Names that are each other's beginnings as long as their escapes are not read. */
const name = fc.string({ unit: fc.constantFrom('\\', '"', '\n', '\ud800', 'a', ':', ',', '{', '}', ' '), maxLength: 3 })

/** Names and values, compared one by one: V8 is not asked to find any. */
const entriesOf = (value: unknown) => Object.entries(value as object).flat()

test('keeps every name, whatever was parsed before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.integer()), { maxLength: 8 }), fc.constantFrom(undefined, 1, '\t'), (pairs, space) => {
      const given = Object.fromEntries(pairs)
      expect(entriesOf(parseFlatObject(JSON.stringify(given, null, space)))).toEqual(entriesOf(given))
    }),
    { numRuns: 3000 },
  )
})

test.each([
  ['{"\\n":1}', { '\n': 1 }],
  [' {"a\\"b" : "c\\":d", "e":null} ', { 'a"b': 'c":d', e: null }],
  ['{"__proto__\\n":1,"__proto__":2}', JSON.parse('{"__proto__\\n":1,"__proto__":2}')],
  ['{"a":1,"a":2,"\\u0061":3}', { a: 3 }],
  ['{"\\n":[1,2]}', { '\n': [1, 2] }],
  ['"\\n"', '\n'],
  ['["\\n"]', ['\n']],
  ['{}', {}],
])('reads %s', (text, value) => {
  expect(parseFlatObject(text)).toEqual(value)
})

test.each(['{"\\n",1}', '{"\\n":1,}', '{"\\n"}', '{"\\x":1}', '{"\\n":1} {}', '\\', '{"a\n\\n":1}', ''])('refuses %j', (text) => {
  expect(() => parseFlatObject(text)).toThrow(SyntaxError)
})

test('an object inside an object is not read where names have escapes', () => {
  expect(parseFlatObject('{"\\n":{"a":1}}')).toBeUndefined()
})
