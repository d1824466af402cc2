/** What a reporter may send: Zipkin's v2 JSON, checked as far as the store and the linker rely on it. */
import type { ZipkinEndpoint, ZipkinSpan } from '../tracing/span.ts'

/** Spans of a POST's parsed body. @throws TypeError that says what is wrong. */
export function readSpans(body: unknown): ZipkinSpan[] {
  if (!Array.isArray(body)) throw new TypeError('expected a JSON list of spans')
  return body.map((value: unknown, i) => readSpan(value, `[${i}]`))
}

function readSpan(value: unknown, where: string): ZipkinSpan {
  if (!isObject(value)) throw new TypeError(`${where}: expected an object`)
  const span: ZipkinSpan = { traceId: traceIdOf(value['traceId'], where), id: idOf(value['id'], `${where}.id`) }
  const { parentId, kind, name, timestamp, duration, tags, annotations, shared, debug } = value
  if (parentId !== undefined && parentId !== null && !(typeof parentId === 'string' && /^0*$/.test(parentId)))
    span.parentId = idOf(parentId, `${where}.parentId`)
  if (kind === 'CLIENT' || kind === 'SERVER' || kind === 'PRODUCER' || kind === 'CONSUMER') span.kind = kind
  if (typeof name === 'string' && name) span.name = name.toLowerCase()
  if (isTime(timestamp)) span.timestamp = timestamp
  if (isTime(duration)) span.duration = duration
  const local = readEndpoint(value['localEndpoint'])
  if (local) span.localEndpoint = local
  const remote = readEndpoint(value['remoteEndpoint'])
  if (remote) span.remoteEndpoint = remote
  if (isObject(tags)) span.tags = Object.fromEntries(Object.entries(tags).map(([key, text]) => [key, String(text)]))
  if (Array.isArray(annotations)) {
    span.annotations = annotations.filter(isObject).flatMap((note) => {
      const { timestamp: at, value: text } = note
      return isTime(at) && typeof text === 'string' ? [{ timestamp: at, value: text }] : []
    })
  }
  if (shared === true) span.shared = true
  if (debug === true) span.debug = true
  return span
}

/** Lower case, and as wide as Zipkin writes it: 16 or 32 digits. */
export function normalTraceId(text: string): string | undefined {
  if (!/^[0-9a-fA-F]{1,32}$/.test(text)) return undefined
  const lower = text.toLowerCase()
  return lower.padStart(lower.length > 16 ? 32 : 16, '0')
}

function traceIdOf(value: unknown, where: string): string {
  const id = typeof value === 'string' ? normalTraceId(value) : undefined
  if (id === undefined) throw new TypeError(`${where}.traceId: expected 1 to 32 hex digits`)
  return id
}

function idOf(value: unknown, where: string): string {
  if (typeof value !== 'string' || !/^[0-9a-fA-F]{1,16}$/.test(value)) throw new TypeError(`${where}: expected 1 to 16 hex digits`)
  return value.toLowerCase().padStart(16, '0')
}

function readEndpoint(value: unknown): ZipkinEndpoint | undefined {
  if (!isObject(value)) return undefined
  const { serviceName, ipv4, ipv6, port } = value
  const endpoint: ZipkinEndpoint = {
    ...(typeof serviceName === 'string' && serviceName && { serviceName: serviceName.toLowerCase() }),
    ...(typeof ipv4 === 'string' && { ipv4 }),
    ...(typeof ipv6 === 'string' && { ipv6 }),
    ...(typeof port === 'number' && { port }),
  }
  return Object.keys(endpoint).length > 0 ? endpoint : undefined
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0
