import { check } from '../src/check.ts'
import { grpcOk, grpcStatus, servedBy, fact, tally } from '../src/checkers.ts'

export default check({
  title: 'An abort ends the matching calls with its status of gRPC, and calls no workload',
  features: ['Grpc', 'GrpcAnswers', 'FaultAbort'],
  needs: ['grpc'],
  async run({ grpc, expect, note, id, ledger }) {
    const mark = id()
    expect('jason', await grpc({ headers: { 'end-user': 'jason', 'x-probe-id': mark } }), grpcStatus(8), servedBy('none'))
    note('the workload', fact('no call', tally(Object.keys(await ledger(mark))), Object.keys(await ledger(mark)).length === 0))
    expect('all others', await grpc({ count: 5 }), grpcOk())
  },
})
