/** Answers of other services are checked before they are believed. */
import { Ajv } from 'ajv'
import type { Static, TSchema } from '@bookinfo/contracts/schema'

const ajv = new Ajv({ strict: false, meta: false, validateSchema: false })

/** A type guard for `schema`: no coercion, unknown fields allowed. */
export function validator<Schema extends TSchema>(schema: Schema): (value: unknown) => value is Static<Schema> {
  return ajv.compile<Static<Schema>>(schema)
}
