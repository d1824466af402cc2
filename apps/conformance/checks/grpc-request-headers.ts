import { check } from '../src/check.ts'
import { grpcOk, received, notReceived } from '../src/checkers.ts'

export default check({
  title: 'Metadata are set, added and removed before the workload sees them',
  features: ['Grpc', 'HeaderOperations'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    const headers = { 'x-set': 'old', 'x-add': 'first', 'x-remove': 'gone', 'x-kept': 'kept' }
    expect(
      'the workload',
      await grpc({ headers }),
      grpcOk(),
      received('x-set', 'new'),
      received('x-add', 'first,more'),
      notReceived('x-remove'),
      received('x-kept', 'kept'),
    )
  },
})
