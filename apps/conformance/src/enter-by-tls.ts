/** Connections of the suite itself to the gateway, by TLS: what the echo behind it says. */
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { answerOf, type Answer } from './answer.ts'
import type { Entry } from './check.ts'
import { limits } from './eventually.ts'

/** One connection after the other, to the address that `gateway` gives. Whom a certificate names is not asked: the suite brings its own. */
export async function enterByTls(gateway: () => Promise<string>, { serverName, body = '', count = 1 }: Entry): Promise<Answer[]> {
  const answers: Answer[] = []
  const first = performance.now()
  for (let i = 0; i < count; i++) {
    const began = performance.now()
    const timing = () => ({ ms: performance.now() - began, at: began - first })
    const talked = talk(await gateway(), serverName, body)
    answers.push(
      await talked.then(
        (text) => answerOf({ ...echoOf(text), ...timing() }),
        (error: NodeJS.ErrnoException) => answerOf({ status: 0, error: error.code ?? error.message, ...timing() }),
      ),
    )
  }
  return answers
}

/** Sends the body, ends its direction, and reads to the end of the other one. */
function talk(address: string, servername: string, body: string): Promise<string> {
  const { hostname: host, port } = new URL(address)
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connectTls(
      { socket: connect({ host, port: Number(port || 443), allowHalfOpen: true }), servername, rejectUnauthorized: false },
      () => socket.end(body),
    )
    socket.setTimeout(limits.request, () => socket.destroy(new Error('timeout')))
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk))
    socket.on('error', reject)
    socket.on('close', () => (text === '' ? reject(new Error('closed without a word')) : resolve(text)))
    socket.on('end', () => socket.end())
  })
}

/** `SERVICE/VERSION/POD ADDRESS:PORT[ NAME]`, then the echo, then how many bytes came. */
function echoOf(text: string) {
  const [greeting = '', ...rest] = text.split('\n')
  const [server = '', , name] = greeting.split(' ')
  const [, received] = /\nreceived (\d+)\n$/.exec(rest.join('\n')) ?? []
  return {
    status: 200,
    headers: {
      'x-bookinfo-served-by': server,
      ...(name !== undefined && { 'server-name': name }),
      ...(received !== undefined && { received }),
    },
    body: rest.join('\n'),
    bytes: text.length,
  }
}
