/** Shadow requests: sent together with the real one, without waiting for their answers, which are discarded. */
import type { Leg } from '@bookinfo/rules/decision'
import { admitted, aim, asSent, judge } from '@bookinfo/rules/hop'
import { childOf, injectB3 } from '../tracing/b3.ts'
import { reportArrival } from './arrivals.ts'
import { Attempt } from './attempt.ts'
import { dispatch } from './dispatch.ts'
import type { Outgoing } from './outgoing.ts'

/** Shadows of one sidecar under way at once; more are not sent. */
const mostShadows = 256
/** A shadow without an answer ends after this time (ms). */
const shadowLimitMs = 30_000

/** Sends a request's mirrors. */
export function sendShadows(out: Outgoing) {
  const { proxy, sidecar, decision } = out
  for (const mirror of decision.mirrors) {
    if (sidecar.shadows >= mostShadows) return
    sidecar.shadows++
    sendShadow(out, mirror)
      .catch(proxy.onDefect)
      .finally(() => sidecar.shadows--)
  }
}

async function sendShadow(out: Outgoing, mirror: Leg) {
  const { proxy, asker, request, body, parent, startedAt, epoch } = out
  const target = aim(asker, mirror)
  if (!target) return
  const { endpoint, sealed } = target
  const sent = asSent(request, mirror)
  const verdict = await judge(asker, sent, target, startedAt)
  if (!verdict.allow) return
  const passedOn = admitted(sent, verdict)
  const trace = endpoint && parent && !sealed ? childOf(parent, () => true) : undefined
  if (trace) injectB3(passedOn.headers, trace)
  const whole = body && (await body.whole())
  if (body && !whole) return
  await new Promise<void>((resolve) => {
    const limit = setTimeout(() => finish(), shadowLimitMs)
    const attempt = new Attempt(
      {
        onAnswer: (self, status) => (self.status = status),
        onData: () => undefined,
        onEnd: () => finish(),
        onFailure: () => finish(),
        onUpgrade: (_attempt, _status, _headers, socket) => {
          socket.destroy()
          finish()
        },
      },
      endpoint,
      trace,
    )
    function finish() {
      clearTimeout(limit)
      attempt.abandon()
      if (endpoint) {
        const arrival = { attempt, endpoint, request: passedOn, protocol: attempt.protocol, bytesReceived: whole?.length ?? 0 }
        reportArrival(proxy, arrival, mirror.cluster, epoch)
      }
      resolve()
    }
    dispatch(out, mirror.cluster, attempt, passedOn, whole ?? null).catch(proxy.onDefect)
  })
}
