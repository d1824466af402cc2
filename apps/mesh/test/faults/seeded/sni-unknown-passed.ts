import { fault } from '../fault.ts'

export default fault({
  title: 'A name that no rule has goes to the first destination of the rules',
  kills: ['tls-sni-unknown'],
  touches: ['TLS'],
  wrap: {
    mostSpecificRoute: (real) => (routes, sni) => real(routes, sni) ?? routes[0],
  },
})
