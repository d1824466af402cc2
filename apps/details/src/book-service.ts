/** The answer of Google's book service, as far as details reads it. Source: https://developers.google.com/books/docs/v1/reference/volumes */
import type { Details } from '@bookinfo/contracts/bookinfo'
import { validator } from '@bookinfo/service/validator'
import { Type } from '@bookinfo/contracts/schema'

const Text = Type.String({ minLength: 1, maxLength: 500 })

const Volume = Type.Object({
  authors: Type.Array(Text, { minItems: 1 }),
  publishedDate: Type.Optional(Type.String({ pattern: '^[0-9]{4}' })),
  pageCount: Type.Optional(Type.Integer({ minimum: 0 })),
  publisher: Type.Optional(Text),
  language: Type.Optional(Text),
  printType: Type.Optional(Text),
  industryIdentifiers: Type.Optional(Type.Array(Type.Object({ type: Text, identifier: Text }))),
})

const isAnswer = validator(Type.Object({ items: Type.Array(Type.Object({ volumeInfo: Type.Unknown() }), { minItems: 1 }) }))
const isVolume = validator(Volume)

/**
 * The first volume of `answer` in details' own fields. What the volume does not tell is `unknown`, or 0 for a number.
 * @throws Error where there is no volume, or a field is not what it should be.
 */
export function detailsOf(answer: unknown): Omit<Details, 'id'> {
  const volume = isAnswer(answer) ? answer.items[0]?.volumeInfo : undefined
  if (!isVolume(volume)) throw new Error('the external book service gave no usable volume')
  const numbered = (type: string) => volume.industryIdentifiers?.find((identifier) => identifier.type === type)?.identifier ?? 'unknown'
  return {
    author: volume.authors[0] ?? 'unknown',
    year: Number(volume.publishedDate?.slice(0, 4) ?? 0),
    type: volume.printType === 'BOOK' ? 'paperback' : 'unknown',
    pages: volume.pageCount ?? 0,
    publisher: volume.publisher ?? 'unknown',
    language: volume.language === 'en' ? 'English' : 'unknown',
    'ISBN-10': numbered('ISBN_10'),
    'ISBN-13': numbered('ISBN_13'),
  }
}
