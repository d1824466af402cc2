/** One GET on the wire, by undici's dispatch alone: no stream, signal or controller is made for an answer of a few hundred bytes. */
import type { IncomingMessage } from 'node:http'
import type { Dispatcher } from 'undici'

export interface Answer {
  status: number
  /** Parsed JSON, or `undefined` where the body is none. */
  body: unknown
}

export class CallError extends Error {
  readonly reason: 'timeout' | 'unreachable' | 'caller gone'

  constructor(reason: CallError['reason'], cause?: unknown) {
    super(reason, { cause })
    this.reason = reason
  }
}

/** GETs `url`, body included, within `timeoutMs` milliseconds and while the connection of `caller`, if any, lives. @throws CallError */
export function exchange(
  dispatcher: Dispatcher,
  url: string,
  headers: Record<string, string>,
  timeoutMs: number,
  caller: IncomingMessage | undefined,
): Promise<Answer> {
  const pathStart = url.indexOf('/', url.indexOf('://') + 3)
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let failure: CallError | undefined
    let status = 0
    const chunks: Buffer[] = []

    const fail = (error: CallError) => {
      failure ??= error
      controller?.abort(failure)
      settle(() => reject(failure))
    }
    const onGone = () => fail(new CallError('caller gone'))
    const timer = setTimeout(() => fail(new CallError('timeout')), timeoutMs)
    const settle = (how: () => void) => {
      clearTimeout(timer)
      caller?.removeListener('close', onGone)
      how()
    }

    if (caller?.socket.destroyed) return onGone()
    caller?.once('close', onGone)
    dispatcher.dispatch(
      { origin: url.slice(0, pathStart), path: url.slice(pathStart), method: 'GET', headers },
      {
        onRequestStart(started) {
          controller = started
          if (failure) started.abort(failure)
        },
        onResponseStart(_controller, statusCode) {
          status = statusCode
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk)
        },
        onResponseEnd() {
          const text = chunks.length === 1 ? (chunks[0] as Buffer).toString() : Buffer.concat(chunks).toString()
          settle(() => resolve({ status, body: parse(text) }))
        },
        onResponseError(_controller, error) {
          fail(new CallError('unreachable', error))
        },
      },
    )
  })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
