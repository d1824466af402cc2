import { fault } from '../fault.ts'

export default fault({
  title: 'The end of one direction ends both',
  kills: ['tcp-half-close'],
  touches: ['TCP', 'TLS'],
  wrap: {
    connectTo:
      (real) =>
      (...given) => {
        const socket = real(...given)
        socket.on('finish', () => socket.destroy())
        return socket
      },
  },
})
