/** Stands for any workload where its own work does not matter: starts in no time and tells what it was asked. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTcpServer, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

const { PROBE_TCP_PORT, PROBE_TLS_PORT, PROBE_TLS_CERT, PROBE_TLS_KEY } = process.env
const { HOST, PORT, GRPC_PORT, HOSTNAME, STAR_COLOR, SMALL_WORKLOAD } = process.env
/** Answers to `/held`, which wait for a request for `/release`. */
const held: (() => void)[] = []

if (SMALL_WORKLOAD === 'broken') {
  console.log('does not start')
  process.exit(1)
}

const server = createServer((request, response) => {
  if (request.url === '/crash') process.exit(3)
  response.setHeader('content-type', 'application/json')
  if (request.url === '/login') response.writeHead(302, { location: '/productpage', 'set-cookie': 'session=signed; Path=/' })
  const body = JSON.stringify({
    pod: HOSTNAME,
    path: request.url,
    cookie: request.headers.cookie,
    star: STAR_COLOR,
    headers: request.headers,
    port: request.socket.localPort,
    ...(request.url === '/environment' && { environment: process.env }),
  })
  if (request.url === '/slow') setTimeout(() => response.end(body), 500)
  else if (request.url === '/held') held.push(() => response.end(body))
  else response.end(body)
  if (request.url === '/release') for (const answer of held.splice(0)) answer()
})
server.listen(Number(PORT), HOST, () => console.log(`${HOSTNAME} listens`))
// As a service does that speaks gRPC: the same pod on a second port.
if (GRPC_PORT !== undefined) {
  const http2 = await import('node:http2')
  http2.createServer((...exchange) => server.emit('request', ...exchange)).listen(Number(GRPC_PORT), HOST)
}

/** Echoes, says who it is when it is asked, and after the client's end how many bytes came. */
function echo(socket: Socket) {
  let bytes = 0
  socket.on('error', () => undefined)
  socket.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    const text = chunk.toString('latin1')
    if (text === 'who\n') socket.write(`${HOSTNAME}\n`)
    else if (text === 'reset\n') socket.resetAndDestroy()
    else if (text === 'close\n') socket.end('closed\n')
    else if (!socket.write(chunk)) {
      socket.pause()
      socket.once('drain', () => socket.resume())
    }
  })
  socket.on('end', () => socket.end(`${bytes} bytes\n`))
}
if (PROBE_TCP_PORT !== undefined) createTcpServer({ allowHalfOpen: true }, echo).listen(Number(PROBE_TCP_PORT), HOST)
if (PROBE_TLS_PORT !== undefined) {
  createTlsServer({ ...(await certificate()), allowHalfOpen: true }, echo).listen(Number(PROBE_TLS_PORT), HOST)
}

async function certificate() {
  if (PROBE_TLS_CERT !== undefined) return { cert: readFileSync(PROBE_TLS_CERT), key: readFileSync(PROBE_TLS_KEY!) }
  const { generate } = await import('selfsigned')
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'echo.example' }], { keyType: 'ec', algorithm: 'sha256' })
  return { cert, key }
}

process.on('SIGTERM', () => process.exit(0))
