import { check } from '../src/check.ts'
import { grpcStatus, grpcMessage, bodyLike } from '../src/checkers.ts'

export default check({
  title: 'Status and message of a workload reach the caller as they are, in any answer',
  features: ['Grpc', 'Statuses'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    for (const code of [1, 3, 5, 7, 9, 13, 14, 16])
      expect(
        `status ${code}`,
        await grpc({ message: { status: code, message: `über ${code} %` } }),
        grpcStatus(code),
        grpcMessage(`über ${code} %`),
      )
    const late = await grpc({ method: 'EchoServerStream', message: { count: 3, status: 10 } })
    expect('after three answers', late, grpcStatus(10), bodyLike(/"number":2/))
  },
})
