import { fault } from '../fault.ts'

export default fault({
  title: 'A name that no rule for TLS has closes the connection',
  kills: ['tls-sni-unknown'],
  touches: ['TLS'],
  wrap: {
    decideTcp: (real) => (rules, connection, caller, random) => {
      const made = real(rules, connection, caller, random)
      const isPassed = made.kind === 'forward' && made.cluster.name === 'PassthroughCluster' && connection.tls !== undefined
      return isPassed ? { kind: 'close', flags: ['NR'], steps: made.steps } : made
    },
  },
})
