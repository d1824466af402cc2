import { check } from '../src/check.ts'
import { grpcOk, fact } from '../src/checkers.ts'

export default check({
  title: 'A successful retry of a call by gRPC ends the retries, and the caller sees no failure',
  features: ['Grpc', 'Retries'],
  needs: ['grpc'],
  async run({ grpc, expect, note, id, ledger }) {
    const mark = id()
    expect('answered', await grpc({ message: { fail: 2, status: 8 }, headers: { 'x-probe-id': mark } }), grpcOk())
    const tries = (await ledger(mark))['v1'] ?? 0
    note('tries', fact('3', String(tries), tries === 3))
  },
})
