import { fault } from '../fault.ts'

export default fault({
  title: 'Every caller counts as productpage',
  kills: ['source-labels'],
  touches: ['SourceMatch'],
  wrap: {
    decide: (real) => (rules, request, caller, state, random) =>
      real(rules, request, { ...caller, labels: { ...caller.labels, app: 'productpage' } }, state, random),
  },
})
