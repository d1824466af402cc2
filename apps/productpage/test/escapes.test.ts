import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeHtml } from '../src/pages/html.ts'
import { productPage } from '../src/pages/product-page.ts'
import { book } from '../src/products.ts'
import { details, reviewsWith } from './neighbours.ts'

const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '=', ' ', '`', '\0', 'a', ';', '#', '-', '!') }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='x",
    '&lt;script&gt;',
    '</dd></html>',
    '<!--',
    ']]>',
    '${7*7}',
  ),
)

/** The tags of a page, in order: what its structure is. */
const tags = (html: string) => html.match(/<\/?[a-z][^>]*>|<!/gi)

test('escaped text has no sign that HTML reads, and reads as before', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const escaped = escapeHtml(text)
      expect(escaped).not.toMatch(/[<>"']/)
      expect(escaped.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))).toBe(
        text.replaceAll(/&#(\d+);/g, (whole) => whole),
      )
    }),
  )
})

test('whatever users and services say, the page keeps its structure', () => {
  const plain = (text: string, error: boolean) =>
    productPage({
      book,
      user: text,
      details: { ...details, author: text, publisher: text, type: text, language: text, 'ISBN-10': text, 'ISBN-13': text },
      reviews: {
        ...reviewsWith(),
        podname: text,
        clustername: `x${text}`,
        reviews: [{ reviewer: text, text, rating: error ? { error: text } : { stars: 3, color: text } }],
      },
    })
  const expected = { true: tags(plain('a', true)), false: tags(plain('1', false)) }
  fc.assert(
    fc.property(hostile, fc.boolean(), (text, error) => {
      fc.pre(error || !/^[A-Za-z]{1,20}$/.test(text))
      expect(tags(plain(text, error))).toEqual(expected[`${error}`])
    }),
    { numRuns: 500 },
  )
})

test('errors are escaped as well', () => {
  const page = productPage({ book, user: undefined, details: { error: '<b>' }, reviews: { error: '<i>' } })
  expect(page).not.toMatch(/<b>|<i>/)
})
