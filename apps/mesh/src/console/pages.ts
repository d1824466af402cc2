/** Serves the console: its page, styles and modules, and the two libraries they use. Nothing is built: types are stripped as Node itself does it. */
import type { FastifyInstance } from 'fastify'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('page/', import.meta.url))

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  ts: 'text/javascript; charset=utf-8',
}

/** What page modules import by a bare name. A browser needs an address: an import map would have to stand inline in the page. */
const libraries: Readonly<Record<string, string>> = {
  preact: '/console/lib/preact.js',
  'preact/hooks': '/console/lib/preact-hooks.js',
  htm: '/console/lib/htm.js',
}

interface File {
  type: string
  content: string
  etag: string
}

/** `gateway` is the origin of the page that is shown in a frame. */
export async function consolePages(app: FastifyInstance, { gateway }: { gateway: string }) {
  const headers = {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self'",
      "connect-src 'self'",
      `frame-src ${gateway} ${gateway.replace('localhost', '127.0.0.1')}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
  }
  const serve = (url: string, read: () => File) => {
    let file: File | undefined
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      file ??= read()
      reply.headers({ ...headers, etag: file.etag })
      if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
      return reply.type(file.type).send(file.content)
    })
  }
  serve('/', () => pageFile('index.html'))
  for (const name of globSync('**/*.{css,svg,ts}', { cwd: folder })) serve(`/console/${name.replaceAll(sep, '/')}`, () => pageFile(name))
  for (const [name, url] of Object.entries(libraries))
    serve(url, () => asFile('ts', withAddresses(readFileSync(fileURLToPath(import.meta.resolve(name)), 'utf8'))))
  app.get('/favicon.ico', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/console/icon.svg', 301))
}

function pageFile(name: string): File {
  const text = readFileSync(folder + name, 'utf8')
  const extension = name.slice(name.lastIndexOf('.') + 1)
  return asFile(extension, extension === 'ts' ? withAddresses(stripTypes(text)) : text)
}

const asFile = (extension: string, content: string): File => ({
  type: types[extension]!,
  content,
  etag: `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`,
})

const withAddresses = (code: string) =>
  code
    .replaceAll(/\b(from\s*)(["'])([^"'./][^"']*)\2/g, (all, from: string, quote: string, name: string) =>
      libraries[name] ? `${from}${quote}${libraries[name]}${quote}` : all,
    )
    .replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n')

/** Node's own type stripping, without its warning that the function is experimental. */
function stripTypes(code: string): string {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => undefined
  try {
    return stripTypeScriptTypes(code)
  } finally {
    process.emitWarning = emitWarning
  }
}
