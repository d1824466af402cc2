import { fault } from '../fault.ts'

export default fault({
  title: 'A connection by TCP is seen at port 9090, whatever port was dialled',
  kills: ['tcp-port'],
  touches: ['TCP'],
  wrap: {
    routesOf: (real) => (routes, connection, caller) =>
      real(routes, connection.port === 9082 ? { ...connection, port: 9090 } : connection, caller),
  },
})
