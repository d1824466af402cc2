/** Scripts post with `curl -d`, which calls JSON a form: here a body is JSON, whatever its Content-Type says. */
import type { FastifyInstance } from 'fastify'
import { parseFlatObject } from './parse-flat-object.ts'

/** Parses every body sent to `app` as an object of plain values, in JSON and UTF-8. What is neither may become `undefined`, which no schema accepts. */
export function anyBodyIsJson(app: FastifyInstance) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => parse(body))
  app.addHook('onRequest', async ({ headers }) => {
    // One that is not a media type at all would be refused before it is parsed.
    if (headers['content-type'] !== undefined) headers['content-type'] = 'application/json'
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function parse(body: Buffer): unknown {
  try {
    return parseFlatObject(utf8.decode(body))
  } catch {
    return undefined
  }
}
