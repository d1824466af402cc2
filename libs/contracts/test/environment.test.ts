import { expect, test } from 'vitest'
import { ConfigError, Variable, readConfig } from '../src/environment.ts'
import { environmentHelp } from '../src/environment-help.ts'
import { Type } from '../src/schema.ts'

const words = { description: 'for the test', expected: 'what fits' }

/** `text` as it is read by `variable`. */
const read = (variable: Parameters<typeof Type.Object>[0][string], text: string) => readConfig(Type.Object({ X: variable }), { X: text })

test.each([
  ['a port', Variable.Port({ description: '', minimum: 0 }), '0', 0],
  ['a negative integer', Variable.Integer(words), '-3', -3],
  ['a number', Variable.Number(words), '0.25', 0.25],
  ['true', Variable.Boolean(words), 'true', true],
  ['false', Variable.Boolean(words), 'false', false],
  ['one of the values', Variable.OneOf(['on', 'off'], words), 'off', 'off'],
  ['a text', Variable.Text({ ...words, pattern: '^a+$' }), 'aa', 'aa'],
  ['an IPv6 address', Variable.Text({ ...words, format: 'ip' }), '::1', '::1'],
  ['a URL', Variable.Text({ ...words, format: 'url' }), 'https://a:1/b', 'https://a:1/b'],
])('%s is read', (_what, variable, text, value) => {
  expect(read(variable, text)).toEqual({ X: value })
})

test.each([
  ['an integer with a fraction', Variable.Integer(words), '80.5'],
  ['an integer with an exponent', Variable.Integer(words), '1e3'],
  ['a hexadecimal integer', Variable.Integer(words), '0x10'],
  ['an integer below the minimum', Variable.Integer({ ...words, minimum: 1 }), '0'],
  ['an integer above the maximum', Variable.Integer({ ...words, maximum: 9 }), '10'],
  ['a word for a number', Variable.Number(words), 'many'],
  ['1 for true', Variable.Boolean(words), '1'],
  ['none of the values', Variable.OneOf(['on', 'off'], words), 'On'],
  ['a text that does not match', Variable.Text({ ...words, pattern: '^a+$' }), 'b'],
  ['a text that is too short', Variable.Text({ ...words, minLength: 3 }), 'ab'],
  ['a name for an address', Variable.Text({ ...words, format: 'ip' }), 'localhost'],
  ['a URL of another scheme', Variable.Text({ ...words, format: 'url' }), 'ftp://a'],
  ['a URL that cannot be parsed', Variable.Text({ ...words, format: 'url' }), 'http://a:99999/'],
])('%s is refused', (_what, variable, text) => {
  expect(() => read(variable, text)).toThrow(new ConfigError(`X is "${text}": expected what fits`))
})

test('a port says from where to where', () => {
  expect(() => read(Variable.Port({ description: '' }), '0')).toThrow('X is "0": expected a port from 1 to 65535')
})

test('a variable set to nothing counts as not set', () => {
  const schema = Type.Object({ A: Variable.Integer({ ...words, default: 7 }), B: Type.Optional(Variable.Text(words)) })
  expect(readConfig(schema, { A: '', B: '' })).toEqual({ A: 7 })
})

test('a secret that does not fit is not repeated', () => {
  const schema = Type.Object({ SECRET: Variable.Text({ ...words, minLength: 32, writeOnly: true }) })
  expect(() => readConfig(schema, { SECRET: 'hunter2' })).toThrow(new ConfigError('SECRET (value not shown): expected what fits'))
})

test('a variable that is needed and missing is named', () => {
  expect(() => readConfig(Type.Object({ SECRET: Variable.Text(words) }), {})).toThrow(
    new ConfigError('SECRET is not set: expected what fits'),
  )
})

test('help has one line per variable, with its default and without Markdown', () => {
  const schema = Type.Object({
    PORT: Variable.Port({ default: 80, defaultNote: 'or the next free one', description: 'where `it` is' }),
    LONGER_NAME: Variable.Text({ ...words, default: '' }),
    NOTED: Type.Optional(Variable.Text({ ...words, defaultNote: '`none`' })),
  })
  expect(environmentHelp(schema).split('\n')).toEqual([
    '  PORT         where it is (80, or the next free one)',
    '  LONGER_NAME  for the test',
    '  NOTED        for the test (none)',
  ])
})
