/** The other side of a connection that is passed on: dialled in the clear, or by TLS where a rule asks for it. */
import type { Cluster, Endpoint } from '@bookinfo/rules/decision'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket, type PeerCertificate } from 'node:tls'
import { inUrl, tlsTo } from './upstream-address.ts'
import { identityProblem } from './upstreams.ts'

/** Calls `ready` when bytes can be sent. */
export function connectTo(cluster: Cluster, endpoint: Endpoint | undefined, ready: () => void): Socket {
  const { tunnel } = cluster
  const socket = dial(cluster, endpoint, () => (tunnel ? openTunnel(socket, tunnel, ready) : ready()))
  return socket
}

function dial(cluster: Cluster, endpoint: Endpoint | undefined, ready: () => void): Socket {
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

/** The most that a proxy's answer to CONNECT may have before its body. */
const mostHead = 16 * 1024

/** Asks the proxy at the other end for the tunnel's end. Without a 2xx the socket is closed. */
function openTunnel(socket: Socket, { host, port }: NonNullable<Cluster['tunnel']>, ready: () => void) {
  const target = `${inUrl(host)}:${port}`
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`)
  let answer = Buffer.alloc(0)
  const close = () => void socket.destroy()
  const read = (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk])
    const end = answer.indexOf('\r\n\r\n')
    if (end === -1 && answer.length <= mostHead) return
    if (end === -1 || !/^HTTP\/1\.[01] 2\d\d[ \r]/.test(answer.toString('latin1', 0, end + 1))) {
      close()
      return
    }
    socket.off('data', read).off('end', close).pause()
    // Bytes of the other side may follow at once.
    if (answer.length > end + 4) socket.unshift(answer.subarray(end + 4))
    ready()
  }
  socket.on('data', read).on('end', close)
}

/** Closes with RST, as the other side did; TLS has no word for it. */
export function resetSocket(socket: Socket) {
  if (socket instanceof TLSSocket) socket.destroy()
  else socket.resetAndDestroy()
}
