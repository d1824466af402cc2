import { fault } from '../fault.ts'

export default fault({
  title: 'A connection ends after four megabytes',
  kills: ['tcp-large'],
  touches: ['TCP', 'TLS'],
  wrap: {
    connectTo:
      (real) =>
      (...given) => {
        const socket = real(...given)
        socket.on('data', () => socket.bytesRead > 4_000_000 && socket.destroy())
        return socket
      },
  },
})
