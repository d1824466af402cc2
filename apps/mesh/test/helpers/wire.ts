/** Bytes in, verdict out: what a proxy makes of a request, seen from both its sides. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import type { WireCase } from './wire-cases.ts'

/** An application that answers with bytes, and notes the heads of what reaches it. */
export async function startApplication() {
  const heads: string[] = []
  let answer = ''
  const server: Server = createServer((socket) => {
    let text = ''
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      const end = text.indexOf('\r\n\r\n')
      if (end < 0) return
      const head = text.slice(0, end)
      text = ''
      // The body of a request before it.
      if (!/^[A-Z]+ \S+ HTTP/.test(head)) return
      if (head.includes(' /again ')) socket.write(again)
      else {
        heads.push(head)
        socket.write(answer, 'latin1')
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    answerWith(bytes = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok') {
      heads.length = 0
      answer = bytes
    },
    heads,
    close: () => server.close(),
  }
}

export type Application = Awaited<ReturnType<typeof startApplication>>

const again = 'HTTP/1.1 200 OK\r\nx-again: 1\r\ncontent-length: 0\r\n\r\n'
/** What proxies add, and how bodies are framed. */
const theirs =
  /^(host|x-request-id|x-b3-.*|x-envoy-.*|x-forwarded-.*|date|server|connection|keep-alive|content-length|content-type|transfer-encoding)$/i

/** What becomes of `wireCase` at the proxy on `port`, whose application is `application`: its verdict's form. */
export async function verdictOf({ bytes, answer }: WireCase, port: number, application: Application): Promise<string> {
  application.answerWith(answer)
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let asked = false
  const end = new Promise<'closed' | 'kept' | 'open'>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.includes('x-again')) resolve('kept')
      else if (/^HTTP\/1\.1 101 [^]*\r\n\r\n/.test(text)) resolve('open')
      else if (!asked && /^HTTP\/1\.1 (?!1)\d\d\d[^]*\r\n\r\n/m.test(text)) {
        asked = true
        socket.write('GET /again HTTP/1.1\r\nHost: reviews:9080\r\n\r\n')
      }
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve('closed'))
  })
  socket.write(bytes, 'latin1')
  const how = await end
  socket.destroy()
  const [first = ''] = text.split(/HTTP\/1\.1 200 OK\r\n(?=[^]*x-again)(?![^]*HTTP\/1\.1 )/)
  const statuses = Array.from(first.matchAll(/^HTTP\/1\.1 (\d\d\d)/gm), ([, status]) => status)
  const answered = first.slice(first.lastIndexOf('HTTP/1.1 ')).replaceAll(/\r\n[0-9a-f]+\r\n[^]*?\r\n0\r\n/g, '\r\n')
  const client = [statuses.join(' '), how, ...fieldsOf(answered)].join(' ')
  const [head] = application.heads
  if (head === undefined) return client
  const [, request] = /^(.*) HTTP\/1\.1\r\n/.exec(head) ?? []
  return `${client}: ${[request, ...fieldsOf(head)].join(' ')}`
}

const fieldsOf = (head: string) =>
  Array.from(head.matchAll(/^([^\s:]+): ?(.*?)\r?$/gm), ([, name, value]) => [name!.toLowerCase(), value!] as const)
    .filter(([name]) => !theirs.test(name))
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
