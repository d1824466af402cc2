import { forward, fault } from '../fault.ts'

export default fault({
  title: 'The hash key is ignored',
  kills: ['hash-header', 'hash-query', 'hash-source'],
  touches: ['ConsistentHash'],
  wrap: { decide: forward((made) => (made.balancer.kind === 'HASH' ? { ...made, balancer: { kind: 'RANDOM' } } : made)) },
})
