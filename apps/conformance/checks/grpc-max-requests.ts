import { check } from '../src/check.ts'
import { grpcOk, fact } from '../src/checkers.ts'
import { eventually } from '../src/eventually.ts'

export default check({
  title: 'Calls over the number of requests that a pool allows end with UNAVAILABLE',
  features: ['Grpc', 'GrpcAnswers', 'ConnectionPool'],
  needs: ['grpc'],
  async run({ grpc, expect, note, id, ledger }) {
    const mark = id()
    const first = grpc({ to: 'details', message: { delay: 4000 }, headers: { 'x-probe-id': mark } })
    await eventually('the first call arrives', async () => ((await ledger(mark, 'details'))['v1'] === 1 ? true : undefined))
    const others = await grpc({ to: 'details', count: 5 })
    const refused = others.filter(({ grpcStatus }) => grpcStatus === 14).length
    note('while it is under way', fact('5 UNAVAILABLE', `${refused} UNAVAILABLE`, refused === 5))
    expect('the first call', await first, grpcOk())
    expect('after it', await grpc({ to: 'details', count: 3 }), grpcOk())
  },
})
