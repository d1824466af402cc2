/** The part of curl that tutorials use, for `bookinfo exec POD -- curl` on a machine without curl: its options, output and exit codes. */
import { readFileSync, writeFileSync } from 'node:fs'
import { request as requestHttp, STATUS_CODES, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** How curl fails: its exit code, and the message after `curl: (CODE)`. */
class CurlError extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const switches = {
  s: 'silent',
  S: 'show-error',
  i: 'include',
  I: 'head',
  v: 'verbose',
  f: 'fail',
  L: 'location',
  k: 'insecure',
  G: 'get',
  g: 'globoff',
} as const
const values = {
  H: 'header',
  X: 'request',
  d: 'data',
  o: 'output',
  w: 'write-out',
  m: 'max-time',
  A: 'user-agent',
  e: 'referer',
  u: 'user',
  b: 'cookie',
} as const
const longSwitches = new Set<string>([...Object.values(switches), 'compressed', 'http1.1', 'no-progress-meter', 'fail-with-body'])
const longValues = new Set<string>([...Object.values(values), 'data-raw', 'data-binary', 'connect-timeout', 'url'])

interface Asked {
  urls: string[]
  on: Set<string>
  values: Map<string, string[]>
}

function read(args: readonly string[]): Asked {
  const asked: Asked = { urls: [], on: new Set(), values: new Map() }
  const unknown = (option: string) =>
    new CurlError(2, `option ${option}: is unknown to the small curl of bookinfo, which is used since this machine has none`)
  const keep = (name: string, value: string | undefined, option: string) => {
    if (value === undefined) throw new CurlError(2, `option ${option}: requires parameter`)
    if (name === 'url') asked.urls.push(value)
    else asked.values.set(name, [...(asked.values.get(name) ?? []), value])
  }
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg.startsWith('--')) {
      const name = arg.slice(2)
      if (longSwitches.has(name)) asked.on.add(name)
      else if (longValues.has(name)) keep(name, args[++i], arg)
      else throw unknown(arg)
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let letters = arg.slice(1); letters !== ''; letters = letters.slice(1)) {
        const letter = letters[0]!
        if (letter in switches) asked.on.add(switches[letter as keyof typeof switches])
        else if (letter in values) {
          keep(values[letter as keyof typeof values], letters.length > 1 ? letters.slice(1) : args[++i], arg)
          break
        } else throw unknown(`-${letter}`)
      }
    } else asked.urls.push(arg)
  }
  if (asked.urls.length === 0) throw new CurlError(2, 'no URL specified')
  return asked
}

/** What the command's own configuration says: `connect-to = "localhost:9080:127.0.0.1:40001"`. */
function connectTo(): Map<string, string> {
  const home = process.env['CURL_HOME']
  const lines = home === undefined ? [] : readFileSync(join(home, '.curlrc'), 'utf8').split('\n')
  return new Map(
    lines.flatMap((line) => {
      const [, from, to] = /^connect-to = "(.+?:\d+):([^"]+)"$/.exec(line) ?? []
      return from === undefined ? [] : [[from, to!] as const]
    }),
  )
}

function placeOf(url: URL): RequestOptions {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const detour = connectTo().get(`${url.hostname}:${port}`)
  if (detour !== undefined) return { host: detour.replace(/:\d+$/, ''), port: detour.replace(/^.*:/, ''), path: url.pathname + url.search }
  const proxy = process.env['http_proxy']
  const direct = (process.env['no_proxy'] ?? '').split(',').includes(url.hostname.replace(/^\[|\]$/g, ''))
  if (url.protocol === 'http:' && proxy && !direct) {
    const { hostname, port: proxyPort } = new URL(proxy)
    return { host: hostname, port: proxyPort, path: url.href }
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port, path: url.pathname + url.search }
}

async function bodyOf(asked: Asked): Promise<string | undefined> {
  const parts: string[] = []
  for (const name of ['data', 'data-raw', 'data-binary'])
    for (const value of asked.values.get(name) ?? []) {
      const file = name !== 'data-raw' && value.startsWith('@') ? value.slice(1) : undefined
      const given = file === undefined ? value : file === '-' ? await text(process.stdin) : readFileSync(file, 'utf8')
      parts.push(file !== undefined && name === 'data' ? given.replaceAll(/[\r\n]/g, '') : given)
    }
  return parts.length === 0 ? undefined : parts.join('&')
}

function headersOf(asked: Asked, url: URL, body: string | undefined): [string, string][] {
  const last = (name: string) => asked.values.get(name)?.at(-1)
  const headers = new Map<string, [string, string]>()
  const set = (name: string, value: string) => headers.set(name.toLowerCase(), [name, value])
  set('Host', url.host)
  const user = last('user')
  if (user !== undefined) set('Authorization', `Basic ${Buffer.from(user).toString('base64')}`)
  set('User-Agent', last('user-agent') ?? 'curl/8.0.0')
  set('Accept', '*/*')
  const referer = last('referer')
  if (referer !== undefined) set('Referer', referer)
  const cookie = last('cookie')
  if (cookie !== undefined) set('Cookie', cookie)
  if (body !== undefined) {
    set('Content-Length', String(Buffer.byteLength(body)))
    set('Content-Type', 'application/x-www-form-urlencoded')
  }
  const more: [string, string][] = []
  for (const header of asked.values.get('header') ?? []) {
    const [, name = '', mark, value = ''] = /^([^:;]+)([:;])\s*(.*)$/s.exec(header) ?? []
    if (name === '') continue
    const known = headers.has(name.toLowerCase())
    if (mark === ':' && value === '') headers.delete(name.toLowerCase())
    else if (known) set(name, value)
    else more.push([name, value])
  }
  return [...headers.values(), ...more]
}

function send(asked: Asked, url: URL, method: string, body: string | undefined): Promise<IncomingMessage> {
  const seconds = Number(asked.values.get('max-time')?.at(-1) ?? 0)
  const place = placeOf(url)
  const options = { ...place, method, headers: headersOf(asked, url, body).flat(), agent: false as const }
  const tls = { rejectUnauthorized: !asked.on.has('insecure'), servername: url.hostname }
  return new Promise((resolve, reject) => {
    const outgoing = url.protocol === 'https:' ? requestHttps({ ...options, ...tls }) : requestHttp(options)
    const late = () => outgoing.destroy(new CurlError(28, `Operation timed out after ${seconds * 1000} milliseconds`))
    const timer = seconds > 0 ? setTimeout(late, seconds * 1000) : undefined
    outgoing.on('close', () => clearTimeout(timer))
    outgoing.on('response', resolve)
    outgoing.on('error', (error: NodeJS.ErrnoException) => reject(failure(error, url, place)))
    outgoing.end(body)
  })
}

function failure(error: NodeJS.ErrnoException, url: URL, { host, port }: RequestOptions): CurlError {
  if (error instanceof CurlError) return error
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return new CurlError(6, `Could not resolve host: ${url.hostname}`)
  if (error.code === 'ECONNREFUSED') return new CurlError(7, `Failed to connect to ${host} port ${port}: Couldn't connect to server`)
  if (error.code === 'ECONNRESET') return new CurlError(56, 'Recv failure: Connection reset by peer')
  return new CurlError(url.protocol === 'https:' ? 60 : 56, error.message)
}

function written(format: string, answer: IncomingMessage, size: number, began: number): string {
  const known: Record<string, string> = {
    http_code: String(answer.statusCode).padStart(3, '0'),
    response_code: String(answer.statusCode).padStart(3, '0'),
    size_download: String(size),
    time_total: ((performance.now() - began) / 1000).toFixed(6),
    content_type: answer.headers['content-type'] ?? '',
  }
  return format
    .replaceAll(/%\{([a-z_]+)\}/g, (_, name: string) => known[name] ?? '')
    .replaceAll(/\\([ntr])/g, (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter]!)
}

function head({ httpVersion, statusCode = 0, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = [`HTTP/${httpVersion} ${statusCode} ${statusMessage ?? STATUS_CODES[statusCode] ?? ''}`]
  for (let i = 0; i < rawHeaders.length; i += 2) lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}

async function fetchOne(asked: Asked, given: string, index: number) {
  const began = performance.now()
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(given) ? given : `http://${given}`
  if (!URL.canParse(withScheme)) throw new CurlError(3, 'URL rejected: Malformed input to a URL function')
  let url = new URL(withScheme)
  if (!/^https?:$/.test(url.protocol)) throw new CurlError(1, `Protocol "${url.protocol.slice(0, -1)}" not supported`)
  let body = await bodyOf(asked)
  if (asked.on.has('get') && body !== undefined) {
    url.search = url.search === '' ? `?${body}` : `${url.search}&${body}`
    body = undefined
  }
  let method = asked.values.get('request')?.at(-1) ?? (asked.on.has('head') ? 'HEAD' : body === undefined ? 'GET' : 'POST')
  const output: Buffer[] = []
  for (let redirects = 0; ; redirects++) {
    if (asked.on.has('verbose')) {
      const lines = headersOf(asked, url, body).map(([name, value]) => `> ${name}: ${value}`)
      process.stderr.write(`${[`> ${method} ${url.pathname}${url.search} HTTP/1.1`, ...lines, '>'].join('\n')}\n`)
    }
    const answer = await send(asked, url, method, body)
    const chunks: Buffer[] = []
    try {
      for await (const chunk of answer) chunks.push(chunk as Buffer)
    } catch (error) {
      throw failure(error as NodeJS.ErrnoException, url, placeOf(url))
    }
    if (asked.on.has('verbose')) process.stderr.write(head(answer).replaceAll('\r\n', '\n').replaceAll(/^/gm, '< '))
    const { location } = answer.headers
    const failed = (answer.statusCode ?? 0) >= 400 && asked.on.has('fail')
    if (asked.on.has('include') || asked.on.has('head')) output.push(Buffer.from(head(answer)))
    if (asked.on.has('location') && location !== undefined && redirects < 50) {
      url = new URL(location, url)
      if ([301, 302, 303].includes(answer.statusCode ?? 0) && method === 'POST') [method, body] = ['GET', undefined]
      continue
    }
    if (!failed) output.push(...chunks)
    write(asked.values.get('output')?.[index], Buffer.concat(output))
    const format = asked.values.get('write-out')?.at(-1)
    if (format !== undefined) process.stdout.write(written(format, answer, Buffer.concat(chunks).length, began))
    if (failed) throw new CurlError(22, `The requested URL returned error: ${answer.statusCode}`)
    return
  }
}

function write(file: string | undefined, content: Buffer) {
  if (file === undefined || file === '-') process.stdout.write(content)
  else writeFileSync(file, content)
}

async function main(args: readonly string[]) {
  let silent = false
  try {
    const asked = read(args)
    silent = asked.on.has('silent') && !asked.on.has('show-error')
    for (const [index, url] of asked.urls.entries()) await fetchOne(asked, url, index)
  } catch (error) {
    if (!(error instanceof CurlError)) throw error
    if (!silent) process.stderr.write(`curl: (${error.code}) ${error.message}\n`)
    process.exitCode = error.code
  }
}

await main(process.argv.slice(2))
