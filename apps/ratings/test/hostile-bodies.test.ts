import { connect, type AddressInfo } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { start } from './start.ts'

/** A JSON text as it is, without JavaScript objects in between. */
const post = (client: Awaited<ReturnType<typeof start>>['client'], text: string | Buffer) =>
  client.post('/ratings/1').type('application/json').serialize(String).send(text)

const reviewer = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'toJSON', 'hasOwnProperty', 'line\nbreak', '', '\ud800', '0', '"', '\\', '\\"'),
)

test('gives back any reviewers’ stars, unchanged', async () => {
  const { client } = await start()
  const stars = fc.array(fc.tuple(reviewer, fc.integer({ min: 0, max: 5 })), { maxLength: 20 })
  const kept = fc.asyncProperty(stars, async (pairs) => {
    const sent = JSON.stringify(Object.fromEntries(pairs))
    // Texts are compared: V8 cannot be trusted with names that have escapes, see parse-flat-object.ts.
    const expected = { status: 200, text: `{"id":1,"ratings":${sent}}` }
    const posted = await post(client, sent)
    expect({ status: posted.status, text: posted.text }).toEqual(expected)
    const read = await client.get('/ratings/1')
    expect({ status: read.status, text: read.text }).toEqual(expected)
  })
  await fc.assert(kept, { numRuns: 200 })
})

test('a reviewer called __proto__ is one like any other', async () => {
  const { client } = await start()
  const posted = await post(client, '{"__proto__":3,"constructor":2}')
  expect(posted.text).toBe('{"id":1,"ratings":{"__proto__":3,"constructor":2}}')
  expect((await client.get('/ratings/1')).text).toBe('{"id":1,"ratings":{"__proto__":3,"constructor":2}}')
  expect(Object.hasOwn(Object.prototype, 'Reviewer1')).toBe(false)
})

test('any other JSON is one clear 400', async () => {
  const { client } = await start()
  const isStars = (value: unknown) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((star) => Number.isInteger(star) && star >= 0 && star <= 5)
  const refused = fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }), async (value) => {
    const text = JSON.stringify(value)
    const { status, body } = await post(client, text)
    if (isStars(value)) expect(status).toBe(200)
    else expect({ status, body }).toEqual({ status: 400, body: { error: 'please provide valid ratings JSON' } })
  })
  await fc.assert(refused, { numRuns: 200 })
})

test.each([
  ['arrays', '['.repeat(32_000) + ']'.repeat(32_000)],
  ['open arrays', '['.repeat(65_000)],
  ['objects', '{"a":'.repeat(9000) + '1' + '}'.repeat(9000)],
])('survives deep %s', async (_what, text) => {
  const { client } = await start()
  const { status, body } = await post(client, text)
  expect({ status, body }).toEqual({ status: 400, body: { error: 'please provide valid ratings JSON' } })
})

/** A body of exactly `bytes`. */
const bodyOf = (bytes: number) => `{"${'r'.repeat(bytes - 6)}":1}`

test('accepts 64 kB', async () => {
  const { client } = await start()
  expect((await post(client, bodyOf(64 * 1024))).status).toBe(200)
})

test('refuses one byte more', async () => {
  const { client } = await start()
  const { status, body } = await post(client, bodyOf(64 * 1024 + 1))
  expect({ status, body }).toEqual({ status: 413, body: { error: 'please send a smaller body' } })
})

test('refuses 10 MB, and lives', async () => {
  const { app, client } = await start()
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  let answer = ''
  // What is still being sent when the answer comes may be cut off.
  socket.on('data', (chunk) => (answer += String(chunk))).on('error', () => {})
  socket.write(`POST /ratings/1 HTTP/1.1\r\nhost: ratings\r\ncontent-length: ${10 * 1024 * 1024}\r\n\r\n`)
  socket.write(Buffer.alloc(10 * 1024 * 1024, 'x'))
  await new Promise((resolve) => socket.once('close', resolve))
  expect(answer).toMatch(/^HTTP\/1\.1 413 /)
  expect(answer).toContain('{"error":"please send a smaller body"}')
  expect((await client.get('/ratings/1')).status).toBe(200)
})

test('refuses an endless body without a length', async () => {
  const { app } = await start()
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const chunk = new Uint8Array(32 * 1024).fill(32)
  let sent = 0
  const endless = new ReadableStream({
    pull: (controller) => {
      controller.enqueue(chunk)
      sent += chunk.length
    },
  })
  const answered = fetch(`${url}/ratings/1`, { method: 'POST', body: endless, duplex: 'half' })
  // The connection may break before the client has read the answer; what counts is that the body ends.
  const status = await answered.then(
    (response) => response.status,
    () => 413,
  )
  expect(status).toBe(413)
  expect(sent).toBeLessThan(20 * 1024 * 1024)
})
