/** A client that waits for its upgrade: nothing reads its connection meanwhile, and only reading shows that it has gone. */
import type { Socket } from 'node:net'

/** Closes `socket` when its client leaves, until `stopWatching`. Frames that come early stay where they are. */
export function watchWaiting(socket: Socket) {
  socket.on('readable', look)
  socket.on('end', leave)
}

export function stopWatching(socket: Socket) {
  socket.off('readable', look)
  socket.off('end', leave)
}

/** With nothing to keep, a read shows the end. */
function look(this: Socket) {
  if (this.readableLength === 0) this.read()
}

function leave(this: Socket) {
  this.destroy()
}
