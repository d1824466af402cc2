/** Server-sent events: what changes in the mesh, as it changes. */
import type { ServerResponse } from 'node:http'

const mostClients = 32
/** A client that does not read is dropped when so much waits for it (bytes). */
const mostWaiting = 1024 * 1024
const heartbeatMs = 15_000

export class EventStream {
  readonly #clients = new Set<ServerResponse>()
  readonly #heartbeat = setInterval(() => this.#write(': still here\n\n'), heartbeatMs).unref()

  get listening(): boolean {
    return this.#clients.size > 0
  }

  /** Turns `response` into a stream that starts with `first`. False when there are too many already. */
  add(response: ServerResponse, first: readonly (readonly [name: string, data: unknown])[]): boolean {
    if (this.#clients.size >= mostClients) return false
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    response.write('retry: 1000\n\n')
    for (const [name, data] of first) response.write(event(name, data))
    this.#clients.add(response)
    response.on('close', () => this.#clients.delete(response))
    return true
  }

  send(name: string, data: unknown) {
    if (this.#clients.size > 0) this.#write(event(name, data))
  }

  close() {
    clearInterval(this.#heartbeat)
    for (const client of this.#clients) client.end()
  }

  #write(text: string) {
    for (const client of this.#clients) {
      if (client.writableLength > mostWaiting) client.destroy()
      else client.write(text)
    }
  }
}

const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
