import { ConfigError, readConfig } from '@bookinfo/contracts/environment'
import { withTables } from '@bookinfo/tools/environment-tables'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Config, addressesOf } from '../src/config.ts'

test('an empty environment is upstream’s default', () => {
  const config = readConfig(Config, {})
  expect(config.FLOOD_FACTOR).toBe(0)
  expect(addressesOf(config)).toEqual({ details: 'http://details:9080', reviews: 'http://reviews:9080', ratings: 'http://ratings:9080' })
})

test('the domain is appended to each host', () => {
  const config = readConfig(Config, { SERVICES_DOMAIN: 'books.svc', REVIEWS_HOSTNAME: 'reviews-v2', RATINGS_SERVICE_PORT: '81' })
  expect(addressesOf(config)).toEqual({
    details: 'http://details.books.svc:9080',
    reviews: 'http://reviews-v2.books.svc:9080',
    ratings: 'http://ratings.books.svc:81',
  })
})

for (const [name, value] of [
  ['FLOOD_FACTOR', '-1'],
  ['FLOOD_FACTOR', '10001'],
  ['FLOOD_FACTOR', 'many'],
  ['REVIEWS_HOSTNAME', '<script>'],
  ['DETAILS_SERVICE_PORT', '70000'],
  ['FRAME_ANCESTORS', 'everyone'],
  ['FRAME_ANCESTORS', "http://localhost:20001; script-src 'unsafe-inline'"],
] as const) {
  test(`${name}=${value} is refused by name`, () => {
    expect(() => readConfig(Config, { [name]: value })).toThrow(new RegExp(`^${name} is "${value}": expected `))
  })
}

test('a short secret is refused and not repeated', () => {
  const read = () => readConfig(Config, { SESSION_SECRET: 'too short' })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow('SESSION_SECRET (value not shown): expected at least 32 characters that sign the session cookie')
})

test('the table of variables in README is what the schema says; else: node tools/src/environment-tables.ts', async () => {
  const readme = new URL('../README.md', import.meta.url)
  expect(readFileSync(readme, 'utf8')).toBe(await withTables(readme))
})
