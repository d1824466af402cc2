import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A new client is given no cookie',
  kills: ['hash-cookie'],
  touches: ['ConsistentHash'],
  wrap: {
    decide: forward((made) => {
      if (made.balancer.kind !== 'HASH') return made
      const { setCookie: _, ...balancer } = made.balancer
      return { ...made, balancer }
    }),
  },
})
