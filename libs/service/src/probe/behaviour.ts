/** How an echo misbehaves when its query says so. */
import { constants, type ServerHttp2Stream } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import { Type, type Static } from 'typebox'

const number = (maximum: number, description: string) =>
  Type.Optional(Type.String({ pattern: `^[0-9]{1,${String(maximum).length}}$`, description }))

/** All are text, as queries are. Unknown parameters are allowed: rules match on them. */
export const Behaviour = Type.Object({
  status: Type.Optional(
    Type.String({ pattern: '^[2-5][0-9][0-9]$', description: 'status of the answer (200), or of the failures that `fail` counts (503)' }),
  ),
  delay: number(30_000, 'milliseconds until the answer'),
  bytes: number(10_000_000, 'length of the answer, instead of the echo'),
  reset: Type.Optional(
    Type.Union([Type.Literal('before'), Type.Literal('after')], { description: 'resets the connection before or after the headers' }),
  ),
  only: Type.Optional(Type.String({ maxLength: 63, description: 'a version: pods of another one answer as usual' })),
  fail: number(1000, 'how many attempts of the id fail, before one succeeds'),
})
export type Behaviour = Static<typeof Behaviour>

const longestDelay = 30_000
const mostBytes = 10_000_000

/**
 * Does what is asked for with the `attempt`-th request of its id, and answers unless that is done already.
 * With `fail`, only attempts up to that number misbehave,
 * and with `only` only pods of that `version`.
 */
export async function behave(
  asked: Behaviour,
  attempt: number,
  version: string,
  reply: FastifyReply,
  echo: () => unknown,
): Promise<unknown> {
  if (asked.only !== undefined && asked.only !== version) return echo()
  const failing = asked.fail === undefined || attempt <= Number(asked.fail)
  if (asked.delay && failing) await sleep(Math.min(Number(asked.delay), longestDelay))
  if (asked.reset && failing) return reset(asked.reset, reply)
  const status = asked.fail === undefined ? Number(asked.status ?? 200) : failing ? Number(asked.status ?? 503) : 200
  reply.code(status)
  if (asked.bytes !== undefined)
    return reply.type('application/octet-stream').send(Buffer.alloc(Math.min(Number(asked.bytes), mostBytes), 'x'))
  // These carry no body.
  if (status === 204 || status === 304) return reply.send()
  return echo()
}

function reset(when: 'before' | 'after', reply: FastifyReply) {
  const { raw } = reply.hijack()
  // One stream of HTTP/2 is reset, and its connection stays.
  const { stream }: { stream?: ServerHttp2Stream } = raw as object
  const end = () => (stream ? stream.close(constants.NGHTTP2_INTERNAL_ERROR) : raw.socket?.resetAndDestroy())
  if (when === 'before') return end()
  raw.writeHead(200, { 'content-length': '100' })
  raw.write('half an answer', () => setTimeout(end, 20))
  return undefined
}
