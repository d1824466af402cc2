import { fault } from '../fault.ts'

export default fault({
  title: 'One connection in four is decided a second time when it would go to v1',
  kills: ['tcp-weights'],
  touches: ['TCP'],
  wrap: {
    decideTcp:
      (real) =>
      (...given) => {
        const first = real(...given)
        const again = first.kind === 'forward' && /v1/.test(`${first.cluster.subset} ${first.cluster.host}`) && Math.random() < 0.25
        return again ? real(...given) : first
      },
  },
})
