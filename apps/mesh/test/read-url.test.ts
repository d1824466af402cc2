/** `-f URL`: what the command fetches, and what it refuses. */
import { createServer, type RequestListener } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readUrl } from '../src/cli/read-url.ts'
import { portOf } from './helpers/lab.ts'

const pages: Record<string, RequestListener> = {
  '/rules.yaml': (_, response) => response.end('kind: VirtualService\n'),
  '/moved': (_, response) => response.writeHead(302, { location: '/rules.yaml' }).end(),
  '/loop': (_, response) => response.writeHead(307, { location: 'loop' }).end(),
  '/file': (_, response) => response.writeHead(301, { location: 'file:///etc/hostname' }).end(),
  '/large': (_, response) => response.end(Buffer.alloc(9 * 1024 * 1024, 'a')),
  '/cut': (_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('kind: ')
    setTimeout(() => response.destroy(), 10)
  },
}
const server = createServer((request, response) => {
  const page = pages[request.url!]
  if (page) page(request, response)
  else response.writeHead(404).end('nothing here')
})
let base: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${portOf(server)}`
})
afterAll(() => void server.close())

test.each(['/rules.yaml', '/moved'])('%s is read', async (path) => {
  expect(await readUrl(base + path)).toBe('kind: VirtualService\n')
})

test.each([
  ['/nothing', 'server reported 404 Not Found, status code=404'],
  ['/loop', 'it redirects more than 10 times'],
  ['/file', 'it redirects to "file:///etc/hostname", which is neither http nor https'],
  ['/large', 'it is larger than 8 MiB, the most that the mesh takes'],
])('%s: %s', async (path, why) => {
  await expect(readUrl(base + path)).rejects.toThrow(`error: unable to read URL "${base}${path}": ${why}`)
})

test('an answer that breaks off is refused, not used', async () => {
  await expect(readUrl(`${base}/cut`)).rejects.toThrow(`error: unable to read URL "${base}/cut": `)
})

test('a port where nothing listens is named', async () => {
  await expect(readUrl('http://127.0.0.1:1/rules.yaml')).rejects.toThrow(
    /^error: unable to read URL "http:\/\/127.0.0.1:1\/rules.yaml": .*ECONNREFUSED/,
  )
})

test('what is not a URL is said so', async () => {
  await expect(readUrl('http://')).rejects.toThrow('error: unable to read URL "http://": it is not a URL')
})
