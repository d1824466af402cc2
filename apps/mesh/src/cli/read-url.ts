/** Reads what a URL names, for the person who typed it: by this command, never by the mesh. */
import { STATUS_CODES } from 'node:http'
import { Agent, EnvHttpProxyAgent, request } from 'undici'
import { CliError } from './cli-error.ts'

/** Larger than any set of rules that the mesh takes (bytes). */
const mostBytes = 8 * 1024 * 1024
const mostRedirects = 10
/** Limit for the whole of it, redirects and all (ms). */
const limitMs = 30_000

/** The text at `url`. HTTP_PROXY, HTTPS_PROXY and NO_PROXY hold, as for kubectl: this machine itself is never asked through a proxy. @throws CliError in one line that names it */
export async function readUrl(url: string): Promise<string> {
  if (!URL.canParse(url)) throw unreadable(url, 'it is not a URL')
  const [direct, proxied] = [new Agent(), new EnvHttpProxyAgent()]
  const signal = AbortSignal.timeout(limitMs)
  try {
    let place = new URL(url)
    for (let redirects = 0; ; redirects++) {
      const dispatcher = /^(localhost|127\.[\d.]+|\[::1\])$/.test(place.hostname) ? direct : proxied
      // Not fetch, which refuses some ports.
      const { statusCode, headers, body } = await request(place, { dispatcher, signal })
      const { location } = headers
      if (statusCode === 200) return await limited(url, body)
      await body.dump()
      if (![301, 302, 303, 307, 308].includes(statusCode) || typeof location !== 'string')
        throw unreadable(url, `server reported ${`${statusCode} ${STATUS_CODES[statusCode] ?? ''}`.trim()}, status code=${statusCode}`)
      if (redirects === mostRedirects) throw unreadable(url, `it redirects more than ${mostRedirects} times`)
      place = redirected(url, place, location)
    }
  } catch (error) {
    if (error instanceof CliError) throw error
    if (signal.aborted) throw unreadable(url, `no whole answer within ${limitMs / 1000} s`)
    throw unreadable(url, reasonOf(error))
  } finally {
    await Promise.all([direct.destroy(), proxied.destroy()])
  }
}

const unreadable = (url: string, why: string) => new CliError(`error: unable to read URL "${url}": ${why}`)

function redirected(url: string, from: URL, location: string): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined
  if (!to || !/^https?:$/.test(to.protocol))
    throw unreadable(url, `it redirects to ${JSON.stringify(location)}, which is neither http nor https`)
  // What came encrypted must not be replaced on the way.
  if (from.protocol === 'https:' && to.protocol === 'http:') throw unreadable(url, `it redirects from https to plain http, ${to.href}`)
  return to
}

async function limited(url: string, body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > mostBytes) throw unreadable(url, `it is larger than ${mostBytes / 1024 / 1024} MiB, the most that the mesh takes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** A host with several addresses fails with what each of them said. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error
  return first instanceof Error ? first.message : String(first)
}
