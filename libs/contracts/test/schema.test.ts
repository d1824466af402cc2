import { Type as TypeBox } from 'typebox'
import { expect, test } from 'vitest'
import { Type } from '../src/schema.ts'

const schemas = (type: typeof Type) => ({
  array: type.Array(type.String(), { minItems: 1 }),
  boolean: type.Boolean({ default: false }),
  enum: type.Enum(['a', 'b'], { default: 'a' }),
  integer: type.Integer({ minimum: 0 }),
  literal: type.Literal('on'),
  number: type.Number(),
  'object of nothing': type.Object({}),
  'object with all its fields optional': type.Object({ a: type.Optional(type.Integer()) }),
  'object with some of them': type.Object({ b: type.String(), a: type.Optional(type.Enum(['x'])), c: type.Unknown() }, { title: 'T' }),
  'optional only': type.Optional(type.String({ pattern: '^x$' })),
  union: type.Union([type.Literal('on'), type.Literal('off')], { default: 'off' }),
  unknown: type.Unknown({ description: 'anything' }),
  unsafe: type.Unsafe<Record<string, number>>(type.Object({}, { additionalProperties: type.Integer() })),
})

const theirs = schemas(TypeBox)

test.each(Object.entries(schemas(Type)))('%s is the same schema as TypeBox makes', (name, schema) => {
  expect(JSON.stringify(schema)).toBe(JSON.stringify(theirs[name as keyof typeof theirs]))
})

test('what is made optional stays as it was where it was taken from', () => {
  const text = Type.String()
  Type.Optional(text)
  expect(Type.Object({ text }).required).toEqual(['text'])
})
