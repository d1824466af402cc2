import { check } from '../src/check.ts'
import { grpcStatus, fact } from '../src/checkers.ts'

export default check({
  title: 'With 3 attempts a call that always ends with a listed status is tried 4 times in total',
  features: ['Grpc', 'Retries'],
  needs: ['grpc'],
  async run({ grpc, expect, note, id, ledger }) {
    const mark = id()
    expect('answered', await grpc({ message: { fail: 20, status: 14 }, headers: { 'x-probe-id': mark } }), grpcStatus(14))
    const tries = (await ledger(mark))['v1'] ?? 0
    note('tries', fact('4', String(tries), tries === 4))
  },
})
