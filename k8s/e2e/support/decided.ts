/** What a mesh made of a call or a connection, in a form that two meshes can be compared by. */
import type { CallResult } from '@bookinfo/service/probe-order'

export interface Decided {
  /** Of HTTP; 200 for a connection that was answered, 0 for one that was not. */
  status: number
  /** How a connection ended that was not answered. */
  error?: string
  /** `reviews v2`, or nothing when a proxy answered by itself. */
  destination?: string
  grpcStatus?: number
  grpcMessage?: string
  headers?: object
  trailers?: object
  /** What the destination received, as far as rules can change it, or what it said by itself. */
  received?: unknown
}

/** Headers that are different in every answer, or that name the pod. */
const passing = new Set(['date', 'x-envoy-upstream-service-time', 'x-bookinfo-served-by', 'content-length', 'client'])

/** Metadata that rules change, and what identifies the call. */
const named = new Set(['x-a', 'x-set', 'x-add', 'end-user'])

export function decided({ status, error, servedBy, headers, trailers, grpcStatus, grpcMessage, body }: CallResult): Decided {
  return {
    status,
    ...(error !== undefined && { error }),
    ...(servedBy && { destination: `${servedBy.service} ${servedBy.version}` }),
    ...(grpcStatus !== undefined && { grpcStatus, grpcMessage }),
    ...(headers && { headers: kept(headers) }),
    ...(trailers && { trailers: kept(trailers) }),
    ...(body !== undefined && { received: servedBy && grpcStatus !== undefined ? arrived(body) : body }),
  }
}

const kept = (headers: object) =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => !passing.has(name))
      .sort(([a], [b]) => a.localeCompare(b)),
  )

/** The order of fields with different names says nothing (RFC 9110, 5.3). */
const sorted = (headers: Echoed[]) => headers.toSorted((a, b) => a.key.localeCompare(b.key))

interface Echoed {
  key: string
  value: string
}
interface Echo {
  assertions?: { fullyQualifiedMethod: string; authority: string; headers: Echoed[] }
}

function arrived(body: string): unknown {
  const answers = JSON.parse(body) as Echo | Echo[] | null
  return [answers].flat().map((each) => {
    if (!each?.assertions) return each
    const { fullyQualifiedMethod, authority, headers } = each.assertions
    return { fullyQualifiedMethod, authority, headers: sorted(headers.filter(({ key }) => named.has(key))) }
  })
}
