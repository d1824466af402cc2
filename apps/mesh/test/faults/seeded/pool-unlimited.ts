import { forward, fault } from '../fault.ts'

export default fault({
  title: 'Limits of a connection pool are ignored',
  kills: ['connection-pool-overflow'],
  touches: ['ConnectionPool'],
  wrap: { decide: forward((made) => ({ ...made, cluster: { ...made.cluster, pool: { connectTimeoutMs: 10_000 } } })) },
})
