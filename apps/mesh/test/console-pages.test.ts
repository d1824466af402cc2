/** What the browser gets: modules it can run as they are, every address answered, nothing from elsewhere. */
import fastify from 'fastify'
import { spawnSync } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { consolePages } from '../src/console/pages.ts'

async function start() {
  const app = fastify()
  await app.register(consolePages, { gateway: 'http://localhost:8080' })
  onTestFinished(() => app.close())
  return (url: string, headers: Record<string, string> = {}) => app.inject({ url, headers })
}

/** All that the page loads, by address. */
async function everything(get: Awaited<ReturnType<typeof start>>) {
  const found = new Map<string, { type: string; body: string }>()
  const asked = ['/']
  for (const url of asked) {
    const { statusCode, headers, body } = await get(url)
    expect({ url, statusCode }).toEqual({ url, statusCode: 200 })
    found.set(url, { type: String(headers['content-type']), body })
    const links = url === '/' ? body.matchAll(/(?:src|href)="([^"]+)"/g) : body.matchAll(/\bfrom\s*["']([^"']+)["']/g)
    for (const [, link] of links) {
      expect(link).toMatch(/^[./]/)
      const next = new URL(link!, `http://console${url}`).pathname
      if (!asked.includes(next)) asked.push(next)
    }
  }
  return found
}

test('every address that the page and its modules name is served, as what it is', async () => {
  const found = await everything(await start())
  expect(found.size).toBeGreaterThan(25)
  expect(found.get('/console/lib/preact.js')?.type).toBe('text/javascript; charset=utf-8')
  expect(found.get('/console/app.ts')?.type).toBe('text/javascript; charset=utf-8')
  expect(found.get('/console/console.css')?.type).toBe('text/css; charset=utf-8')
  for (const [, { body }] of found) expect(body).not.toMatch(/https?:\/\/(?!www\.w3\.org|127\.0\.0\.1)[a-z0-9-]+\.[a-z0-9]/)
})

test('modules have no types left', async () => {
  const found = await everything(await start())
  const modules = [...found].filter(([url]) => url.endsWith('.ts'))
  for (const [url, { body }] of modules) {
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--check', '-'], { input: body, encoding: 'utf8' })
    expect({ url, status, stderr }).toEqual({ url, status: 0, stderr: '' })
  }
})

test('stripping types warns of nothing, and leaves warnings on', () => {
  const script = `
    import fastify from 'fastify'
    import { consolePages } from '../src/console/pages.ts'
    const app = fastify()
    await app.register(consolePages, { gateway: 'http://localhost:8080' })
    const { statusCode } = await app.inject('/console/app.ts')
    process.emitWarning('the page answers ' + statusCode)
  `
  const options = { input: script, cwd: import.meta.dirname, encoding: 'utf8' } as const
  const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-'], options)
  expect(stderr.split('\n').filter((line) => line.startsWith('(node:'))).toEqual([
    expect.stringMatching(/^\(node:\d+\) Warning: the page answers 200$/),
  ])
})

test('what has not changed is not sent again', async () => {
  const get = await start()
  const first = await get('/console/console.css')
  const again = await get('/console/console.css', { 'if-none-match': String(first.headers['etag']) })
  expect([again.statusCode, again.body]).toEqual([304, ''])
})

test('nothing else of the folder or of the disk is served', async () => {
  const get = await start()
  for (const url of [
    '/console/tsconfig.json',
    '/console/../pages.ts',
    '/console/%2e%2e/pages.ts',
    '/console/lib/preact/package.json',
    '/console/',
  ])
    expect((await get(url)).statusCode).toBe(404)
})

test('its policy allows own modules and styles, the page in a frame, and nothing inline', async () => {
  const { headers } = await (await start())('/')
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src http://localhost:8080 http://127.0.0.1:8080; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  )
})
