/**
 * TypeBox's builders of JSON Schema, those that services need to start: its types, without its code.
 * TypeBox is 374 modules that make schemas, validators and much else; loading them was a fifth of a service's start.
 */
import type { Type as TypeBox } from 'typebox'

export type { Static, TObject, TSchema } from 'typebox'

type Builders = Pick<
  typeof TypeBox,
  'Array' | 'Boolean' | 'Enum' | 'Integer' | 'Literal' | 'Number' | 'Object' | 'Optional' | 'String' | 'Union' | 'Unknown' | 'Unsafe'
>
type Schema = Record<string, unknown>

/** Where TypeBox notes it too: seen only by `Object`, and in no document. */
const optional = '~optional'

const ofType = (type: string) => (options?: Schema) => ({ type, ...options })

const builders = {
  Array: (items: Schema, options?: Schema) => ({ type: 'array', items, ...options }),
  Boolean: ofType('boolean'),
  Enum: (values: readonly string[], options?: Schema) => ({ enum: values, ...options }),
  Integer: ofType('integer'),
  Literal: (value: string, options?: Schema) => ({ type: typeof value, const: value, ...options }),
  Number: ofType('number'),
  Object(properties: Record<string, Schema>, options?: Schema) {
    const required = Object.keys(properties).filter((name) => !Object.hasOwn(properties[name]!, optional))
    return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
  },
  Optional: (schema: Schema) => Object.defineProperty({ ...schema }, optional, { value: true }),
  String: ofType('string'),
  Union: (anyOf: Schema[], options?: Schema) => ({ anyOf, ...options }),
  Unknown: (options?: Schema) => ({ ...options }),
  Unsafe: (schema: Schema) => schema,
}

export const Type = builders as unknown as Builders
