/** After `101 Switching Protocols` both sides talk as they like until one of them ends. */
import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Headers } from '../tracing/b3.ts'
import { closeGently } from './close-gently.ts'
import { flat } from './headers.ts'
import { stopWatching } from './waiting-client.ts'

/** Sends the 101 and joins client and upstream; `done` when the tunnel has closed. */
export function tunnel(res: ServerResponse, headers: Headers, protocol: string, upstream: Duplex, done: () => void) {
  const client = res.socket
  if (!client || client.destroyed) {
    upstream.destroy()
    return done()
  }
  res.detachSocket(client)
  stopWatching(client)
  const fields = flat(headers, ['connection', 'Upgrade', 'upgrade', protocol])
  let head = `HTTP/1.1 101 ${STATUS_CODES[101]}\r\n`
  for (let i = 0; i < fields.length; i += 2) head += `${fields[i]}: ${fields[i + 1]}\r\n`
  client.write(`${head}\r\n`, 'latin1')
  client.setTimeout(0)
  client.on('error', () => upstream.destroy())
  upstream.on('error', () => client.destroy())
  upstream.on('close', () => client.destroyed || closeGently(client))
  client.on('close', () => {
    upstream.destroy()
    done()
    res.emit('close')
  })
  client.pipe(upstream).pipe(client)
  // It takes no more, which is not an error of a client that goes on sending.
  upstream.once('end', () => client.unpipe(upstream))
}
