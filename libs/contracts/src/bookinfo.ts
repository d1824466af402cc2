/** What the services say to each other: one schema a body, and its type. Source: upstream's recorded answers. */
import { ServiceError } from './errors.ts'
import { Type, type Static } from './schema.ts'

/** Product ids are plain decimal digits; more than 15 would not fit a JavaScript number. */
export const productIdPattern = '^[0-9]{1,15}$'

export const ProductParams = Type.Object({ id: Type.String({ pattern: productIdPattern }) })

/**
 * `id`, where it has no leading zeros: each product has one spelling, so that a rule on `/ratings/0` holds for all ways to book 0.
 * @throws ServiceError
 */
export function oneSpelling(id: string): string {
  if (/^0[0-9]/.test(id)) throw new ServiceError('ID_SPELLING')
  return id
}

export const ErrorBody = Type.Object({ error: Type.String() })

export const Details = Type.Object({
  id: Type.Integer(),
  author: Type.String(),
  year: Type.Integer(),
  type: Type.String(),
  pages: Type.Integer(),
  publisher: Type.String(),
  language: Type.String(),
  'ISBN-10': Type.String(),
  'ISBN-13': Type.String(),
})
export type Details = Static<typeof Details>

/** Stars by reviewer, 0 to 5. Not a `Type.Record`: its pattern `.*` lets a name with a line break past every check. */
export const Stars = Type.Unsafe<Record<string, number>>(
  Type.Object({}, { additionalProperties: Type.Integer({ minimum: 0, maximum: 5 }) }),
)
export type Stars = Static<typeof Stars>

export const Ratings = Type.Object({ id: Type.Integer(), ratings: Stars })
export type Ratings = Static<typeof Ratings>

export const Review = Type.Object({
  reviewer: Type.String(),
  text: Type.String(),
  rating: Type.Optional(Type.Union([Type.Object({ stars: Type.Integer(), color: Type.String() }), Type.Object({ error: Type.String() })])),
})
export type Review = Static<typeof Review>

export const Reviews = Type.Object({
  id: Type.String(),
  podname: Type.String(),
  clustername: Type.String(),
  reviews: Type.Array(Review),
})
export type Reviews = Static<typeof Reviews>

export const Product = Type.Object({ id: Type.Integer(), title: Type.String(), descriptionHtml: Type.String() })
export type Product = Static<typeof Product>
