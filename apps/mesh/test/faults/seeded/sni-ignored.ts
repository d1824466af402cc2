import { fault } from '../fault.ts'

export default fault({
  title: 'The name that a TLS client asks for is not read: the first rule takes all',
  kills: ['tls-sni', 'tls-sni-unknown'],
  touches: ['TLS'],
  wrap: {
    mostSpecificRoute: () => (routes) => routes[0],
  },
})
