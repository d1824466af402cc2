/** TLS at the gateway. The server name of a client selects the certificate and routes, as Envoy's filter chains do. */
import type { Front } from '@bookinfo/rules/gateway-view'
import type { ClientCheck, TlsServer } from '@bookinfo/rules/tls-server'
import { createHash } from 'node:crypto'
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsOnlyServer, type TLSSocket } from 'node:tls'
import { readHello } from './client-hello.ts'
import type { Handle } from './client-side.ts'
import { handing, httpOptions } from './listener.ts'

/** Time limit of a ClientHello (ms). */
const helloLimitMs = 15_000
/** Servers kept ready; more would hold certificates that are no longer used. */
const mostServers = 200

export interface TlsListener extends Server {
  /** Ends every connection. */
  closeAllConnections(): void
}

/**
 * Hands connections to the server that `select` names; for a name that no Gateway has, the connection is closed. Those that are passed on
 * byte by byte go to `pass`, as they are or after TLS has ended here.
 * `onProblem` is called for certificates that cannot be used.
 */
export function createTlsListener(
  handle: Handle,
  select: (name: string | undefined) => Pick<Front, 'tls' | 'connections'> | undefined,
  pass: (socket: Socket, sni: string | undefined) => void,
  onProblem: (error: Error) => void,
): TlsListener {
  // By content: rules are recompiled whenever a pod comes or goes.
  const servers = new Map<string, HttpsServer | TlsOnlyServer>()
  const sockets = new Set<Socket>()

  function serverFor(wanted: TlsServer, ofBytes: boolean): HttpsServer | TlsOnlyServer {
    const key = `${ofBytes} ${JSON.stringify(wanted)}`
    const known = servers.get(key)
    if (known) return known
    const server = ofBytes
      ? createTlsServer(
          { ...optionsOf(wanted), ALPNProtocols: undefined, allowHalfOpen: true },
          (socket) => socket.destroyed || pass(socket, sniOf(socket)),
        )
      : handing(createHttpsServer({ ...httpOptions, ...optionsOf(wanted) }), handle)
    const { clients } = wanted
    if (clients)
      server.prependListener('secureConnection', (socket: TLSSocket) => {
        if (!isWelcome(socket, clients)) socket.destroy()
      })
    if (servers.size >= mostServers) servers.delete(servers.keys().next().value!)
    servers.set(key, server)
    return server
  }

  const listener = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    const late = setTimeout(() => socket.destroy(), helloLimitMs)
    socket.on('close', () => clearTimeout(late))
    let bytes = Buffer.alloc(0)
    function look() {
      bytes = Buffer.concat([bytes, (socket.read() as Buffer | null) ?? Buffer.alloc(0)])
      const hello = readHello(bytes)
      if (hello === 'more') return
      socket.off('readable', look)
      clearTimeout(late)
      socket.unshift(bytes)
      const front = hello === 'none' ? undefined : select(hello.name)
      try {
        if (front?.tls) {
          if (front.tls.certificates.length > 0) serverFor(front.tls, front.connections !== undefined).emit('connection', socket)
          else socket.destroy()
        } else if (front && hello !== 'none') pass(socket, hello.name)
        // Envoy has only looked at these bytes: a connection that is closed with bytes unread is reset.
        else socket.resetAndDestroy()
      } catch (error) {
        onProblem(error as Error)
        socket.destroy()
      }
    }
    socket.on('readable', look)
  })
  const close = listener.close.bind(listener)
  return Object.assign(listener, {
    close(done?: (error?: Error) => void) {
      close(done)
      // They listen nowhere, and have connections of HTTP/2 to drain.
      for (const server of servers.values()) server.close()
      return listener
    },
    closeAllConnections() {
      for (const socket of sockets) socket.destroy()
    },
  })
}

/** The name that a client asked for, lower case. */
const sniOf = ({ servername }: TLSSocket & { servername?: unknown }) =>
  typeof servername === 'string' ? servername.toLowerCase() : undefined

/** What is on in TLS 1.3 whatever ciphers are named for the versions before it. */
const ciphersOf13 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256']

const optionsOf = ({ certificates, minVersion, maxVersion, ciphers, clients }: TlsServer) => ({
  ALPNProtocols: ['h2', 'http/1.1'],
  cert: certificates.map(({ cert }) => cert),
  key: certificates.map(({ key }) => key),
  minVersion,
  maxVersion,
  // OpenSSL leaves versions before 1.2 out unless its security level is lowered.
  ...((ciphers.length > 0 || minVersion < 'TLSv1.2') && {
    ciphers: [...(ciphers.length > 0 ? ciphers : ['DEFAULT']), ...ciphersOf13, ...(minVersion < 'TLSv1.2' ? ['@SECLEVEL=0'] : [])].join(
      ':',
    ),
  }),
  ...(clients && {
    requestCert: true,
    rejectUnauthorized: !clients.optional,
    ca: clients.ca,
    ...(clients.crl !== undefined && { crl: clients.crl }),
  }),
})

function isWelcome(socket: TLSSocket, { optional, subjectAltNames, hashes, spkis }: ClientCheck): boolean {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return optional
  if (!socket.authorized) return false
  const names = new Set((certificate.subjectAltName ?? '').split(', ').map((entry) => entry.slice(entry.indexOf(':') + 1)))
  if (subjectAltNames.length > 0 && !subjectAltNames.some((name) => names.has(name))) return false
  if (hashes.length === 0 && spkis.length === 0) return true
  const spki = createHash('sha256')
    .update(certificate.publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')
  return spkis.includes(spki) || hashes.includes(certificate.fingerprint256.replaceAll(':', '').toLowerCase())
}
