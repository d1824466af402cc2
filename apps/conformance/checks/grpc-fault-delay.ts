import { check } from '../src/check.ts'
import { grpcOk, fact } from '../src/checkers.ts'

export default check({
  title: 'A delay comes before a call of gRPC, which then succeeds',
  features: ['Grpc', 'FaultDelay'],
  needs: ['grpc'],
  async run({ grpc, expect, note }) {
    const [answer] = await grpc()
    expect('the call', [answer!], grpcOk())
    note('time', fact('at least 600 ms', `${answer!.ms} ms`, answer!.ms >= 600))
  },
})
