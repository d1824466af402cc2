/** Serves the console: its page, styles and modules, and the two libraries they use. Nothing is built: types are stripped as Node itself does it. */
import type { FastifyInstance } from 'fastify'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

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
  const serve = (url: string, read: () => File | Promise<File>) => {
    let file: File | undefined
    app.get(url, { schema: { hide: true } }, async (request, reply) => {
      file ??= await read()
      reply.headers({ ...headers, etag: file.etag })
      if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
      return reply.type(file.type).send(file.content)
    })
  }
  serve('/', () => pageFile('index.html'))
  for (const name of globSync('**/*.{css,svg}', { cwd: folder })) serve(address(name), () => pageFile(name))
  const modules = globSync('**/*.ts', { cwd: folder })
  let stripped: Promise<Map<string, string>> | undefined
  for (const name of modules)
    serve(address(name), async () => asFile('ts', withAddresses((await (stripped ??= stripTypes(modules))).get(name)!)))
  for (const [name, url] of Object.entries(libraries))
    serve(url, () => asFile('ts', withAddresses(readFileSync(fileURLToPath(import.meta.resolve(name)), 'utf8'))))
  app.get('/favicon.ico', { schema: { hide: true } }, async (_request, reply) => reply.redirect('/console/icon.svg', 301))
}

const address = (name: string) => `/console/${name.replaceAll(sep, '/')}`

const pageFile = (name: string) => asFile(name.slice(name.lastIndexOf('.') + 1), readFileSync(folder + name, 'utf8'))

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

/** What the worker below does: all files at once, since a worker takes 30 ms to start. */
const stripper = `
  const { readFileSync } = require('node:fs')
  const { stripTypeScriptTypes } = require('node:module')
  const { parentPort, workerData } = require('node:worker_threads')
  const strip = (name) => [name, stripTypeScriptTypes(readFileSync(workerData.folder + name, 'utf8'))]
  parentPort.postMessage(new Map(workerData.names.map(strip)))
`

/** JavaScript by name of its file, by Node's own type stripping: in a worker, where the warning that it is experimental can be switched off for nothing else. */
async function stripTypes(names: readonly string[]): Promise<Map<string, string>> {
  const worker = new Worker(stripper, { eval: true, workerData: { folder, names }, execArgv: ['--disable-warning=ExperimentalWarning'] })
  const [files] = await once(worker, 'message')
  return files
}
