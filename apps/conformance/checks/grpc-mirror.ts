import { check } from '../src/check.ts'
import { grpcOk, servedBy, fact } from '../src/checkers.ts'
import { eventually } from '../src/eventually.ts'

export default check({
  title: 'A mirror gets every call of gRPC once, and never answers the caller',
  features: ['Grpc', 'Mirror'],
  needs: ['grpc'],
  async run({ grpc, expect, note, id, ledger }) {
    const mark = id()
    expect('answers', await grpc({ count: 20, headers: { 'x-probe-id': mark } }), grpcOk(), servedBy('v1'))
    const counts = await eventually('mirrored calls', async () => {
      const seen = await ledger(mark)
      return (seen['v2'] ?? 0) >= 20 ? seen : undefined
    }).catch(() => ledger(mark))
    note('arrived', fact('20 at v1, 20 at v2', JSON.stringify(counts), counts['v1'] === 20 && counts['v2'] === 20))
  },
})
