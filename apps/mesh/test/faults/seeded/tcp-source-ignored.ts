import { fault } from '../fault.ts'

export default fault({
  title: 'Rules for TCP see every caller as productpage',
  kills: ['tcp-source-labels'],
  touches: ['TCP'],
  wrap: {
    decideTcp: (real) => (rules, connection, caller, random) =>
      real(rules, connection, { ...caller, labels: { ...caller.labels, app: 'productpage' } }, random),
  },
})
