/** The other side of a connection that is passed on: dialled in the clear, or by TLS where a rule asks for it. */
import type { Cluster, Endpoint } from '@bookinfo/rules/decision'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket, type PeerCertificate } from 'node:tls'
import { tlsTo } from './upstream-address.ts'
import { identityProblem } from './upstreams.ts'

/** Calls `ready` when bytes can be sent. */
export function connectTo(cluster: Cluster, endpoint: Endpoint | undefined, ready: () => void): Socket {
  const { external, host } = cluster
  const place = endpoint
    ? { host: endpoint.address, port: endpoint.port }
    : { host: external?.host ?? host, port: external?.port ?? cluster.port }
  const options = { ...place, noDelay: true, allowHalfOpen: true, autoSelectFamily: true }
  const tls = tlsTo(cluster)
  if (!tls) return connect(options, ready)
  const { authority, pair, sni, insecureSkipVerify } = tls
  const settings = {
    ...options,
    servername: sni,
    rejectUnauthorized: !insecureSkipVerify,
    checkServerIdentity: (name: string, certificate: PeerCertificate) => identityProblem(tls, name, certificate),
    ...(authority && { ca: authority.ca, ...(authority.crl !== undefined && { crl: authority.crl }) }),
    ...pair,
  }
  return connectTls(settings, ready)
}

/** Closes with RST, as the other side did; TLS has no word for it. */
export function resetSocket(socket: Socket) {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}
