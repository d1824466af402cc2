import { fault } from '../fault.ts'

export default fault({
  title: 'A reset becomes an end',
  kills: ['tcp-reset'],
  touches: ['TCP', 'TLS'],
  wrap: {
    resetSocket: () => (socket) => void socket.end(),
  },
})
