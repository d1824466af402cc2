/** What a connection speaks, by the first bytes that its client sends: as Envoy's inspectors see it. */
import { METHODS } from 'node:http'
import type { Socket } from 'node:net'
import { readHello } from './client-hello.ts'

/** TLS with the name that the client asks for, if it asks for one; HTTP; or something else. */
export type Spoken = { kind: 'tls'; sni?: string } | { kind: 'http' } | { kind: 'other' }

/** Longest first line of a request that is waited for (bytes). */
const longestLine = 8 * 1024
const requestLine = /^[A-Z-]+ [^\s]+ HTTP\/(?:1\.[01]|2\.0)\r?\n/

/** `more` while the bytes could still become TLS or HTTP. */
export function spokenIn(bytes: Buffer): Spoken | 'more' {
  const hello = readHello(bytes)
  if (hello === 'more') return 'more'
  if (hello !== 'none') return { kind: 'tls', ...(hello.name !== undefined && { sni: hello.name }) }
  const line = bytes.toString('latin1', 0, longestLine)
  if (requestLine.test(line)) return { kind: 'http' }
  const [method = '', rest] = line.split(' ', 2)
  const begins = rest === undefined ? [...METHODS, 'PRI'].some((each) => each.startsWith(method)) : [...METHODS, 'PRI'].includes(method)
  return begins && !line.includes('\n') && bytes.length < longestLine ? 'more' : { kind: 'other' }
}

/** Waits until `enough` can say something about the first bytes, which stay readable; undefined when the connection ends before. */
export function lookAhead<T>(socket: Socket, enough: (bytes: Buffer) => T | 'more'): Promise<T | undefined> {
  return new Promise((resolve) => {
    let bytes: Buffer = Buffer.alloc(0)
    const done = (answer: T | undefined) => {
      socket.off('readable', look)
      socket.off('end', ended)
      socket.off('close', ended)
      if (bytes.length > 0 && !socket.destroyed) socket.unshift(bytes)
      resolve(answer)
    }
    function look() {
      const chunk = socket.read() as Buffer | null
      if (chunk === null) return
      bytes = Buffer.concat([bytes, chunk])
      const answer = enough(bytes)
      if (answer !== 'more') done(answer)
    }
    const ended = () => done(undefined)
    socket.on('readable', look)
    socket.on('end', ended)
    socket.on('close', ended)
    look()
  })
}
