import { forward, fault } from '../fault.ts'

export default fault({
  title: 'No request ever waits for a connection',
  kills: ['connection-pool-overflow'],
  touches: ['ConnectionPool'],
  wrap: {
    decide: forward((made) =>
      made.cluster.pool.maxConnections === 1
        ? { ...made, cluster: { ...made.cluster, pool: { ...made.cluster.pool, http2MaxRequests: 1 } } }
        : made,
    ),
  },
})
