/** What a workload received, in the words of the Gateway API's echo server where it has any. */
import type { FastifyRequest } from 'fastify'

/** Who answers. */
export interface Self {
  namespace: string
  service: string
  version: string
  pod: string
}

/** Field names: sigs.k8s.io/gateway-api, conformance/echo-basic; `version`, `remoteAddress`, `peer` and `attempt` are this project's. */
export function echoOf({ raw, method, url }: FastifyRequest, self: Self, attempt: number) {
  return {
    path: url,
    host: raw.headers.host ?? '',
    method,
    proto: `HTTP/${raw.httpVersion}`,
    headers: headersOf(raw.rawHeaders),
    ...self,
    remoteAddress: raw.socket.remoteAddress ?? '',
    peer: peerOf(raw.headers['x-forwarded-client-cert']),
    attempt,
  }
}

/** Names as they came, every value of each. */
function headersOf(raw: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = Object.create(null)
  // What HTTP/2 says of the request itself stands in other fields.
  for (let i = 0; i < raw.length; i += 2) if (!raw[i]!.startsWith(':')) (headers[raw[i]!] ??= []).push(raw[i + 1]!)
  return headers
}

/** The identity that the last proxy vouches for: `URI` of the last element of x-forwarded-client-cert, else nothing. */
export function peerOf(header: string | string[] | undefined): string | null {
  const last = [header ?? []].flat().join(',').split(',').at(-1) ?? ''
  return /(?:^|;)URI=("?)([^";]+)\1(?:;|$)/i.exec(last)?.[2] ?? null
}
