import { describe, expect, test } from 'vitest'
import { start } from './start.ts'

const idInvalid = { status: 400, body: { error: 'please provide numeric product ID' } }
const bodyInvalid = { status: 400, body: { error: 'please provide valid ratings JSON' } }

describe('ratings v1', () => {
  test('is healthy', async () => {
    const { client } = await start()
    const { status, body } = await client.get('/health')
    expect({ status, body }).toEqual({ status: 200, body: { status: 'Ratings is healthy' } })
  })

  test('gives 5 and 4 to an unrated book', async () => {
    const { client } = await start()
    const { status, body } = await client.get('/ratings/7')
    expect({ status, body }).toEqual({ status: 200, body: { id: 7, ratings: { Reviewer1: 5, Reviewer2: 4 } } })
  })

  test('keeps what was posted, only for that book', async () => {
    const { client } = await start()
    const posted = await client.post('/ratings/3').send({ Reviewer1: 1, Reviewer2: 2 })
    expect({ status: posted.status, body: posted.body }).toEqual({ status: 200, body: { id: 3, ratings: { Reviewer1: 1, Reviewer2: 2 } } })
    expect((await client.get('/ratings/3')).body).toEqual({ id: 3, ratings: { Reviewer1: 1, Reviewer2: 2 } })
    expect((await client.get('/ratings/4')).body).toEqual({ id: 4, ratings: { Reviewer1: 5, Reviewer2: 4 } })
  })

  test('replaces what was posted before', async () => {
    const { client } = await start()
    await client.post('/ratings/3').send({ Reviewer1: 1 })
    await client.post('/ratings/3').send({ Reviewer2: 0 })
    expect((await client.get('/ratings/3')).body).toEqual({ id: 3, ratings: { Reviewer2: 0 } })
  })

  test.each([
    'application/x-www-form-urlencoded',
    'application/json',
    'application/json; charset=latin1',
    'text/plain',
    'image/png',
    'json',
    ';;',
    '',
  ])('reads JSON from a body called %j', async (type) => {
    const { client } = await start()
    const { status, body } = await client.post('/ratings/3').set('content-type', type).serialize(String).send('{"Reviewer1":1}')
    expect({ status, body }).toEqual({ status: 200, body: { id: 3, ratings: { Reviewer1: 1 } } })
  })

  test('reads JSON from a body without a Content-Type', async () => {
    const { app } = await start()
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const response = await fetch(`${url}/ratings/3`, { method: 'POST', body: Buffer.from('{"Reviewer1":1}') })
    expect(await response.json()).toEqual({ id: 3, ratings: { Reviewer1: 1 } })
  })

  test.each(['abc', '-1', '0x1', '1e3', '1.5', '1234567890123456', ''])('refuses to read or write product %j', async (id) => {
    const { client } = await start()
    const read = await client.get(`/ratings/${id}`)
    expect({ status: read.status, body: read.body }).toEqual(idInvalid)
    const written = await client.post(`/ratings/${id}`).send({ Reviewer1: 1 })
    expect({ status: written.status, body: written.body }).toEqual(idInvalid)
  })

  test('names the id first when the body is wrong too', async () => {
    const { client } = await start()
    const { status, body } = await client.post('/ratings/abc').type('text').send('not json')
    expect({ status, body }).toEqual(idInvalid)
  })

  test('refuses a percent-encoded id', async () => {
    const { client } = await start()
    const { status, body } = await client.get('/ratings/%31')
    expect({ status, body }).toEqual({ status: 400, body: { error: 'please send the path without percent-encoding' } })
  })

  test('refuses an id of 10 kB', async () => {
    const { client } = await start()
    const { status, body } = await client.get(`/ratings/${'1'.repeat(10_000)}`)
    expect([400, 404, 414]).toContain(status)
    expect(body).toEqual({ error: expect.any(String) })
  })

  test.each([
    'not json',
    '',
    'null',
    '5',
    '"text"',
    '[]',
    '[{"Reviewer1":1}]',
    '{"Reviewer1":6}',
    '{"Reviewer1":-1}',
    '{"Reviewer1":2.5}',
    '{"Reviewer1":"5"}',
    '{"Reviewer1":true}',
    '{"Reviewer1":null}',
    '{"Reviewer1":{}}',
    '{"Reviewer1":1e999}',
    '{"Reviewer1":5',
    '{"Reviewer1":5}}',
    "{'Reviewer1':5}",
    '{"line\\nbreak":"5"}',
    '{"__proto__":{"Reviewer1":1}}',
  ])('refuses the body %j and keeps what was there', async (sent) => {
    const { client } = await start()
    const { status, body } = await client.post('/ratings/3').type('form').serialize(String).send(sent)
    expect({ status, body }).toEqual(bodyInvalid)
    expect((await client.get('/ratings/3')).body.ratings).toEqual({ Reviewer1: 5, Reviewer2: 4 })
  })

  test('refuses a body that is not UTF-8', async () => {
    const { app } = await start()
    const payload = Buffer.from([...Buffer.from('{"'), 0xff, ...Buffer.from('":1}')])
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/ratings/3', payload })
    expect({ status: statusCode, body: JSON.parse(body) }).toEqual(bodyInvalid)
  })

  test.each(['00', '007', '000000000000001'])('refuses %s, another spelling of an id, and keeps what was there', async (id) => {
    const { client } = await start()
    const spelling = { status: 400, body: { error: 'please write the product id without leading zeros' } }
    const read = await client.get(`/ratings/${id}`)
    expect({ status: read.status, body: read.body }).toEqual(spelling)
    const written = await client.post(`/ratings/${id}`).send({ Reviewer1: 1 })
    expect({ status: written.status, body: written.body }).toEqual(spelling)
    expect((await client.get(`/ratings/${Number(id)}`)).body.ratings).toEqual({ Reviewer1: 5, Reviewer2: 4 })
  })

  test.each(['delete', 'put', 'patch'] as const)('%s is a 405 that names the methods there are', async (method) => {
    const { client } = await start()
    const { status, headers } = await client[method]('/ratings/0')
    expect([status, headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS, POST'])
  })

  test.each([
    ['get', '/ratings'],
    ['post', '/ratings'],
    ['get', '/ratings/0/1'],
    ['get', '/'],
  ] as const)('%s %s is not a route', async (method, path) => {
    const { client } = await start()
    const { status, body } = await client[method](path)
    expect({ status, body }).toEqual({ status: 404, body: { error: 'no such route' } })
  })
})
