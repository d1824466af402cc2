/** What a probe is asked to send, and what it reports: the same for every protocol. */
import { Type, type Static } from 'typebox'

/** `{i}` in the address, in a header's value or in the body is replaced by the number of the request, from 0. */
export const CallOrder = Type.Object(
  {
    /** An echo by TCP or TLS has no path, and a method of gRPC is one. */
    url: Type.String({ pattern: '^((http|grpc)://[A-Za-z0-9.:-]+/[!-~]*|(tcp|tls)://[A-Za-z0-9.-]+:[0-9]{1,5})$', maxLength: 8192 }),
    protocol: Type.Union([Type.Literal('h1'), Type.Literal('h2c')], { default: 'h1' }),
    method: Type.String({ pattern: '^[A-Z]{1,20}$', default: 'GET' }),
    headers: Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$' }), Type.String({ pattern: '^[ -~]*$', maxLength: 8192 }), {
      default: {},
      additionalProperties: false,
    }),
    /** For gRPC the request as JSON, or a list of requests for a method that takes a stream; for TCP and TLS what is sent. */
    body: Type.Optional(Type.String()),
    /** Bytes that a body by TCP or TLS is filled up to. */
    bytes: Type.Optional(Type.Integer({ minimum: 0, maximum: 20_000_000 })),
    /** The name that is asked for by TLS, instead of the host's. */
    serverName: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9.-]{1,253}$' })),
    count: Type.Integer({ minimum: 1, maximum: 50_000, default: 1 }),
    concurrency: Type.Integer({ minimum: 1, maximum: 64, default: 1 }),
    /** Milliseconds between two requests of one of the concurrent clients. */
    pauseMs: Type.Integer({ minimum: 0, maximum: 10_000, default: 0 }),
    timeoutMs: Type.Integer({ minimum: 1, maximum: 30_000, default: 20_000 }),
    /** Leaves headers and body of each answer out of the report. */
    brief: Type.Boolean({ default: false }),
  },
  { additionalProperties: false },
)
export type CallOrder = Static<typeof CallOrder>

export interface CallResult {
  /** 0 when no whole answer came; then `error` says why. */
  status: number
  /** Pod, version and service that answered, by the header that probes set. */
  servedBy: { service: string; version: string; pod: string } | null
  /** Milliseconds from sending to the last byte. */
  ms: number
  /** When it was sent: milliseconds from the beginning of the order. */
  at: number
  error?: string
  headers?: Record<string, string | string[] | undefined>
  body?: string
  /** Length of the body in bytes. */
  bytes?: number
  /** Of HTTP/2 and gRPC. */
  trailers?: Record<string, string | string[] | undefined>
  /** -1 where an answer carried none. */
  grpcStatus?: number
  grpcMessage?: string
}

/** A way to send the requests of an order. */
export interface Caller {
  /** Sends one; `numbered` puts its number into a text. @throws an error whose `code`, or message, says why no whole answer came. */
  one(numbered: (text: string) => string): Promise<Omit<CallResult, 'at' | 'ms'>>
  close(): Promise<void>
}

/** The header of every answer of a workload with probes: `service/version/pod`. */
export const servedByHeader = 'x-bookinfo-served-by'

/** Bytes of each body that are reported. */
export const keptBody = 32 * 1024

/** What headers say of an answer. */
export const resultOf = (status: number, headers: Record<string, string | string[] | undefined>) => ({
  status,
  servedBy: servedBy([headers[servedByHeader]].flat()[0]),
  headers,
})

/** Who answered, in the words of `servedByHeader`. */
export function servedBy(text: string | undefined): CallResult['servedBy'] {
  const [service, version, pod] = text?.split('/') ?? []
  return service !== undefined && version !== undefined && pod !== undefined ? { service, version, pod } : null
}
