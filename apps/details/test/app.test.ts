import { createService } from '@bookinfo/service/create-service'
import { readConfig } from '@bookinfo/contracts/environment'
import { createOutbound } from '@bookinfo/service/outbound'
import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { details } from '../src/app.ts'
import { Config } from '../src/config.ts'

let app: FastifyInstance
const outbound = createOutbound({ keepAlive: false })

beforeAll(async () => {
  app = await createService(details(readConfig(Config, {}), outbound), { name: 'details', version: 'v1' })
  await app.ready()
})
afterAll(async () => {
  await app.close()
  await outbound.close()
})

const get = (path: string) => supertest(app.server).get(path)

describe('details v1', () => {
  test('is healthy', async () => {
    const { status, body } = await get('/health')
    expect({ status, body }).toEqual({ status: 200, body: { status: 'Details is healthy' } })
  })

  test.each([0, 17, 999_999_999_999_999])('echoes id %d with the book', async (id) => {
    const { status, body } = await get(`/details/${id}`)
    expect(status).toBe(200)
    expect(body).toEqual({
      id,
      author: 'William Shakespeare',
      year: 1595,
      type: 'paperback',
      pages: 200,
      publisher: 'PublisherA',
      language: 'English',
      'ISBN-10': '1234567890',
      'ISBN-13': '123-1234567890',
    })
  })

  test.each([
    '/details',
    '/details/',
    '/details/abc',
    '/details/-1',
    '/details/0x1',
    '/details/1e3',
    '/details/1.5',
    '/details/1234567890123456',
  ])('%s is not a product', async (path) => {
    const { status, body } = await get(path)
    expect({ status, body }).toEqual({ status: 400, body: { error: 'please provide numeric product id' } })
  })

  test('refuses a percent-encoded id', async () => {
    const { status, body } = await get('/details/%31')
    expect({ status, body }).toEqual({ status: 400, body: { error: 'please send the path without percent-encoding' } })
  })

  test('refuses an id of 10 kB', async () => {
    const { status, body } = await get(`/details/${'1'.repeat(10_000)}`)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
    expect(body).toEqual({ error: expect.any(String) })
  })

  test.each([
    ['get', '/details/0/pages'],
    ['delete', '/details/0/pages'],
    ['get', '/nothing'],
  ] as const)('%s %s is not a route', async (method, path) => {
    const { status, body } = await supertest(app.server)[method](path)
    expect({ status, body }).toEqual({ status: 404, body: { error: 'no such route' } })
  })

  test.each([
    ['delete', '/details/0'],
    ['post', '/details/0'],
    ['put', '/details'],
    ['patch', '/health'],
  ] as const)('%s %s is a 405 that names the methods there are', async (method, path) => {
    const { status, headers } = await supertest(app.server)[method](path)
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS'])
  })

  test.each(['00', '017', '000000000000001'])('refuses %s, another spelling of an id', async (id) => {
    const { status, body } = await get(`/details/${id}`)
    expect({ status, body }).toEqual({ status: 400, body: { error: 'please write the product id without leading zeros' } })
  })

  test('answers every id: 200 for its one spelling, else one clear 4xx', async () => {
    const id = fc.oneof(
      fc.nat().map(String),
      fc.stringMatching(/^0{0,2}[0-9]{1,2}$/),
      fc.stringMatching(/^[0-9a-fx+._~-]{1,20}$/),
      fc.string({ unit: 'grapheme' }).map(encodeURIComponent),
    )
    const answered = fc.asyncProperty(id, async (given) => {
      const { status, body } = await get(`/details/${given}`)
      if (/^(0|[1-9][0-9]{0,14})$/.test(given)) {
        expect({ status, id: body.id }).toEqual({ status: 200, id: Number(given) })
      } else {
        expect([400, 404]).toContain(status)
        expect(body).toEqual({ error: expect.any(String) })
      }
    })
    await fc.assert(answered, { numRuns: 200 })
  })
})
