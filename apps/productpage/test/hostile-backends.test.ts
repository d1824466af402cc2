import request from 'supertest'
import { expect, test } from 'vitest'
import { answers, details, reviewsWith, startPage } from './neighbours.ts'

const script = '<script>alert(1)</script>'

for (const [what, body] of [
  ['no JSON', '<html>'],
  ['nothing', ''],
  ['null', 'null'],
  ['an array', []],
  ['a string', JSON.stringify(script)],
  ['other types', { ...details, year: '1595', pages: {} }],
  ['a part of it', { id: 0, author: script }],
  ['deep nesting', '['.repeat(100_000)],
  ['more than 1 MB', { ...details, publisher: 'x'.repeat(1_100_000) }],
] as const) {
  test(`details that answer ${what} are unavailable, and the rest of the page stands`, async () => {
    const { page } = await startPage({ details: answers(body) })
    const { text } = await request(page).get('/productpage').expect(200)
    expect(text).toContain('Sorry, product details are currently unavailable for this book.')
    expect(text).toContain('by Reviewer1')
    expect(text).not.toContain(script)
  })
}

for (const [what, body] of [
  ['no JSON', '<html>'],
  ['null', 'null'],
  ['a single review', { ...reviewsWith(), reviews: { reviewer: 'x', text: 'y' } }],
  ['reviews without text', { ...reviewsWith(), reviews: [{ reviewer: 'x' }] }],
  ['a rating of words', reviewsWith({ stars: 'five', color: 'red' })],
  ['half a star', reviewsWith({ stars: 2.5, color: 'red' })],
  ['a colour of parts', reviewsWith({ stars: 5, color: ['red'] })],
  ['more than 1 MB', { ...reviewsWith(), podname: 'x'.repeat(1_100_000) }],
] as const) {
  test(`reviews that answer ${what} are unavailable, and the rest of the page stands`, async () => {
    const { page } = await startPage({ reviews: answers(body) })
    const { text } = await request(page).get('/productpage').expect(200)
    expect(text).toContain('Sorry, product reviews are currently unavailable for this book.')
    expect(text).toContain('William Shakespeare')
  })
}

for (const [given, shown] of [
  [-3, 0],
  [6, 5],
  [1_000_000_000, 5],
] as const) {
  test(`${given} stars are shown as ${shown}`, async () => {
    const { page } = await startPage({ reviews: answers(reviewsWith({ stars: given, color: 'black' })) })
    const { text } = await request(page).get('/productpage').expect(200)
    expect(text.split('glyphicon glyphicon-star')).toHaveLength(2 * shown + 1)
  })
}

for (const color of [
  'red" onload="alert(1)',
  'red;background:url(//evil.example)',
  '#f00',
  'url(#x)',
  '',
  'x'.repeat(21),
  'glyphicon glyphicon-star',
]) {
  test(`the colour ${JSON.stringify(color)} is drawn in the colour of the text`, async () => {
    const { page } = await startPage({ reviews: answers(reviewsWith({ stars: 1, color })) })
    const { text } = await request(page).get('/productpage').expect(200)
    expect(text.match(/ color="[^"]*"/g)).toEqual([' color="currentColor"', ' color="currentColor"'])
    expect(text.split('glyphicon glyphicon-star')).toHaveLength(3)
  })
}
