import { check } from '../src/check.ts'
import { grpcOk, fact } from '../src/checkers.ts'
import { limits } from '../src/eventually.ts'

export default check({
  title: 'Calls over the number of streams that a connection may have wait for one that ends',
  features: ['Grpc', 'ConnectionPool', 'GrpcStreams'],
  needs: ['grpc'],
  async run({ grpc, expect, note }) {
    const [calls, delay] = [6, 1000]
    const answers = await grpc({ to: 'details', count: calls, concurrency: calls, message: { delay } })
    expect('answers', answers, grpcOk())
    // Each worker of a proxy may have a connection, however small the pool is: two of them end in half of the time.
    const least = (calls / 2) * delay
    const took = Math.max(...answers.map(({ at, ms }) => at + ms))
    note('all of them', fact(`at least ${least} ms`, `${Math.round(took)} ms`, took >= least - limits.early))
  },
})
