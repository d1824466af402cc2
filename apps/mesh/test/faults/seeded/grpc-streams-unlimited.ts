import { fault, forward } from '../fault.ts'

export default fault({
  title: 'A connection may have any number of streams, whatever its pool allows',
  kills: ['grpc-max-streams'],
  touches: ['ConnectionPool'],
  wrap: {
    decide: forward((made) => {
      const { maxConcurrentStreams: _, ...pool } = made.cluster.pool
      return { ...made, cluster: { ...made.cluster, pool } }
    }),
  },
})
