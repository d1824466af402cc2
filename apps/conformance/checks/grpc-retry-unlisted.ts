import { check } from '../src/check.ts'
import { grpcStatus, fact } from '../src/checkers.ts'

export default check({
  title: 'A status of gRPC that is not listed is not tried again',
  features: ['Grpc', 'Retries'],
  needs: ['grpc'],
  async run({ grpc, expect, note, id, ledger }) {
    const mark = id()
    expect('answered', await grpc({ message: { fail: 2, status: 13 }, headers: { 'x-probe-id': mark } }), grpcStatus(13))
    const tries = (await ledger(mark))['v1'] ?? 0
    note('tries', fact('1', String(tries), tries === 1))
  },
})
