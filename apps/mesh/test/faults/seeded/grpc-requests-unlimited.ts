import { fault, forward } from '../fault.ts'

export default fault({
  title: 'Any number of requests may be under way, whatever their pool allows',
  kills: ['grpc-max-requests'],
  touches: ['ConnectionPool'],
  wrap: {
    decide: forward((made) => {
      const { http2MaxRequests: _, ...pool } = made.cluster.pool
      return { ...made, cluster: { ...made.cluster, pool } }
    }),
  },
})
