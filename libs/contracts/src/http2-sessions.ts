/** What every HTTP/2 server here does with a connection, beyond what Node does: how it ends, and what a client may not do. */
import { constants, type ServerHttp2Session } from 'node:http2'

/** Milliseconds that a client gets to acknowledge that this connection takes no more streams. */
const farewellMs = 1000

/** Frames that cost a client nothing and that need no more of these per minute: each has to be answered or to change a state. */
const controlFramesPerMinute = 1000

const leaving = new WeakSet<ServerHttp2Session>()

/** First "no more, some day", so that streams on their way here are served, and once that has arrived "no more". */
export function leaveSession(session: ServerHttp2Session) {
  if (leaving.has(session) || session.destroyed) return
  leaving.add(session)
  session.goaway(constants.NGHTTP2_NO_ERROR, 2 ** 31 - 1)
  const close = () => session.close()
  const late = setTimeout(close, farewellMs)
  const sent = session.ping(() => {
    clearTimeout(late)
    close()
  })
  if (!sent) close()
}

/** Node and nghttp2 end floods of resets, CONTINUATION, unread acknowledgements and invalid frames; these two they answer as long as the client reads. */
export function limitControlFrames(session: ServerHttp2Session) {
  let count = 0
  let since = 0
  const note = () => {
    const now = performance.now()
    if (now - since > 60_000) {
      since = now
      count = 0
    }
    if (++count > controlFramesPerMinute) session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }
  session.on('ping', note).on('remoteSettings', note)
}
