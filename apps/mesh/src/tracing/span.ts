/** A span in Zipkin's v2 form. Times are microseconds. */
export interface ZipkinSpan {
  traceId: string
  id: string
  parentId?: string
  kind?: 'CLIENT' | 'SERVER' | 'PRODUCER' | 'CONSUMER'
  name?: string
  timestamp?: number
  duration?: number
  localEndpoint?: ZipkinEndpoint
  remoteEndpoint?: ZipkinEndpoint
  tags?: Record<string, string>
  annotations?: { timestamp: number; value: string }[]
  shared?: boolean
  debug?: boolean
}

export interface ZipkinEndpoint {
  serviceName?: string
  ipv4?: string
  ipv6?: string
  port?: number
}

/** Takes finished spans. Never throws, never waits. */
export interface SpanReporter {
  report(span: ZipkinSpan): void
  /** Sends the queue, within a time limit. */
  close(): Promise<void>
}
