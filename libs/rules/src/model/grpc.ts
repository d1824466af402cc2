/** gRPC as proxies see it: a content type, a deadline in a header, and a status in place of HTTP's. */
import type { HeaderMap } from './decision.ts'

/** Codes by the names that rules use. */
export const grpcCodes = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const

export type GrpcCodeName = keyof typeof grpcCodes

/** `UNAVAILABLE` of 14; the number itself where gRPC has no name for it. */
export const grpcCodeName = (code: number): string => Object.keys(grpcCodes)[code] ?? String(code)

/** Whether a request is one of gRPC, as Envoy tells it: by its content type, whatever the version of HTTP. */
export const isGrpc = (headers: HeaderMap): boolean => {
  const type = headers['content-type']?.[0]
  return type !== undefined && /^application\/grpc(?:$|\+)/.test(type)
}

/** Whether a port's protocol is one that HTTP/2 carries. */
export const isHttp2 = (protocol: string): boolean => /^(?:GRPC|HTTP2)$/i.test(protocol)

/** What a gRPC client is answered when the mesh means this status of HTTP. */
export const grpcCodeOf = (status: number): number => codeOfStatus[status] ?? grpcCodes.UNKNOWN

const codeOfStatus: Readonly<Record<number, number>> = {
  400: grpcCodes.INTERNAL,
  401: grpcCodes.UNAUTHENTICATED,
  403: grpcCodes.PERMISSION_DENIED,
  404: grpcCodes.UNIMPLEMENTED,
  429: grpcCodes.UNAVAILABLE,
  502: grpcCodes.UNAVAILABLE,
  503: grpcCodes.UNAVAILABLE,
  504: grpcCodes.UNAVAILABLE,
}

/** The status of HTTP that stands for each code, from 0 on: outlier detection counts a failed gRPC call by it. */
const statuses = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]
export const statusOfGrpc = (code: number): number => statuses[code] ?? 500

const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }

/** The client's deadline in milliseconds, rounded up; 0 without one, and for one that cannot be read. */
export const grpcTimeoutMs = (headers: HeaderMap): number => {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(headers['grpc-timeout']?.[0] ?? '') ?? []
  return digits === undefined ? 0 : Math.ceil(Number(digits) * units[unit!]!)
}

/** A deadline as a `grpc-timeout` header says it, in the smallest unit that its eight digits allow. */
export const grpcTimeout = (ms: number): string => (ms < 1e8 ? `${Math.ceil(ms)}m` : `${Math.ceil(ms / 1000)}S`)
