/** What the mesh tells by itself: kept up to date by server-sent events, for as long as the page is open. */
import { useEffect, useState } from 'preact/hooks'
import type { Applied, Snapshot, Status } from './api.ts'

/** One request that a proxy has finished. */
export interface Exchange {
  from: string
  service: string
  to: string | null
  status: number
}

export interface Live {
  connection: 'connecting' | 'live' | 'lost'
  /** When it was lost, ms since 1970. */
  lostAt: number
  status?: Status
  rules?: Applied
  stats?: Snapshot
}

/** The mesh speaks each second; after this silence (ms) it counts as lost. */
const silence = 5000
const retryMs = 1500

const listeners = new Set<(exchange: Exchange) => void>()

/** Calls `listener` for single requests; the answer ends it. */
export function onExchange(listener: (exchange: Exchange) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useLive(): Live {
  const [live, setLive] = useState<Live>({ connection: 'connecting', lostAt: 0 })
  useEffect(() => {
    let source: EventSource
    let heardAt = Date.now()
    let retry: ReturnType<typeof setTimeout> | undefined
    const lost = () => setLive((now) => (now.connection === 'lost' ? now : { ...now, connection: 'lost', lostAt: Date.now() }))
    const hear = (change: Partial<Live>) => {
      heardAt = Date.now()
      setLive((now) => ({ ...now, ...change, connection: 'live' }))
    }
    const open = () => {
      source = new EventSource('/api/events')
      const on = (name: string, take: (data: never) => void) =>
        source.addEventListener(name, ({ data }: MessageEvent<string>) => take(JSON.parse(data) as never))
      on('status', (status: Status) => hear({ status }))
      on('rules', (rules: Applied) => hear({ rules }))
      on('stats', (stats: Snapshot) => hear({ stats }))
      on('exchange', (exchange: Exchange) => listeners.forEach((listener) => listener(exchange)))
      source.addEventListener('error', () => {
        lost()
        // After an answer that is not a stream, the browser does not reconnect.
        if (source.readyState !== EventSource.CLOSED) return
        clearTimeout(retry)
        retry = setTimeout(open, retryMs)
      })
    }
    open()
    const watch = setInterval(() => Date.now() - heardAt > silence && lost(), 1000)
    return () => {
      clearInterval(watch)
      clearTimeout(retry)
      source.close()
    }
  }, [])
  return live
}
