/** One GET on the wire, by undici's plain dispatch: no stream, signal or controller is made for an answer of a few hundred bytes. */
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

/** GETs `path`, body included, within `timeoutMs` milliseconds and while the connection of `caller`, if any, lives. @throws CallError */
export function exchange(
  dispatcher: Dispatcher,
  path: string,
  headers: Record<string, string>,
  timeoutMs: number,
  caller: IncomingMessage | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const handler = new Exchange(resolve, reject, timeoutMs, caller)
    if (caller?.socket.destroyed) handler.fail(new CallError('caller gone'))
    else dispatcher.dispatch({ path, method: 'GET', headers }, handler)
  })
}

/** A class and not a set of closures: there are thousands of these a second. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: CallError) => void
  readonly #timer: NodeJS.Timeout
  readonly #caller: IncomingMessage | undefined
  readonly #onGone: (() => void) | undefined
  #controller: Dispatcher.DispatchController | undefined
  #failure: CallError | undefined
  #status = 0
  #chunks: Buffer[] = []

  constructor(
    resolve: (answer: Answer) => void,
    reject: (error: CallError) => void,
    timeoutMs: number,
    caller: IncomingMessage | undefined,
  ) {
    this.#resolve = resolve
    this.#reject = reject
    this.#timer = setTimeout(onTimeout, timeoutMs, this)
    this.#caller = caller
    if (!caller) return
    this.#onGone = () => this.fail(new CallError('caller gone'))
    caller.on('close', this.#onGone)
  }

  fail(error: CallError) {
    this.#failure ??= error
    this.#controller?.abort(this.#failure)
    this.#settle()
    this.#reject(this.#failure)
  }

  onRequestStart(controller: Dispatcher.DispatchController) {
    this.#controller = controller
    if (this.#failure) controller.abort(this.#failure)
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number) {
    this.#status = status
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer) {
    this.#chunks.push(chunk)
  }

  onResponseEnd() {
    this.#settle()
    const [first] = this.#chunks
    const text = first && this.#chunks.length === 1 ? first.toString() : Buffer.concat(this.#chunks).toString()
    this.#resolve({ status: this.#status, body: parse(text) })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error) {
    this.fail(new CallError('unreachable', error))
  }

  #settle() {
    clearTimeout(this.#timer)
    if (this.#onGone) this.#caller?.removeListener('close', this.#onGone)
  }
}

const onTimeout = (late: Exchange) => late.fail(new CallError('timeout'))

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
