import { check } from '../src/check.ts'
import { grpcOk, fact } from '../src/checkers.ts'

export default check({
  title: 'Messages of hundreds of kilobytes pass whole, unary and as a stream',
  features: ['Grpc', 'GrpcStreams'],
  needs: ['grpc'],
  async run({ grpc, expect, note }) {
    const large = await grpc({ message: { bytes: 300_000 } })
    expect('one', large, grpcOk())
    // In base64.
    note('bytes of one', fact('400000 and more', String(large[0]!.bytes), large[0]!.bytes > 400_000))
    const many = await grpc({ method: 'EchoServerStream', message: { bytes: 100_000, count: 10 } })
    expect('ten', many, grpcOk())
    note('bytes of ten', fact('1333000 and more', String(many[0]!.bytes), many[0]!.bytes > 1_333_000))
  },
})
