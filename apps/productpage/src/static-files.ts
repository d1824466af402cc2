/** The page's style sheet and pictures, read once. Under /static because the gateway's rules, as upstream's, pass that prefix. */
import type { FastifyInstance } from 'fastify'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

const types = {
  'page.css': 'text/css; charset=utf-8',
  'cover.svg': 'image/svg+xml',
  'icon.svg': 'image/svg+xml',
} as const
type Name = keyof typeof types

const files = Object.fromEntries(
  Object.entries(types).map(([name, type]) => {
    const content = readFileSync(new URL(`static/${name}`, import.meta.url))
    return [name, { type, content, version: createHash('sha256').update(content).digest('hex').slice(0, 12) }]
  }),
) as Record<Name, { type: string; content: Buffer; version: string }>

/** The address of a file, with the hash of its content, so that it can be cached indefinitely. */
export const staticUrl = (name: Name): string => `/static/${name}?v=${files[name].version}`

export function serveStaticFiles(app: FastifyInstance): void {
  for (const [name, { type, content, version }] of Object.entries(files)) {
    app.get<{ Querystring: { v?: string } }>(`/static/${name}`, { schema: { hide: true } }, async ({ query }, reply) => {
      // During an update two versions of the page are about: a file asked for by another one's hash must not be kept as that one's.
      const cached = query.v === version ? 'public, max-age=31536000, immutable' : 'no-cache'
      return reply.type(type).header('cache-control', cached).send(content)
    })
  }
}
