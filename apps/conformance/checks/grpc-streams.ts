import { check } from '../src/check.ts'
import { grpcOk, bodyLike } from '../src/checkers.ts'

export default check({
  title: 'Streams of gRPC pass in both directions, each message at once',
  features: ['Grpc', 'GrpcStreams'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    const three = [{}, {}, {}]
    const both = await grpc({ method: 'EchoBidiStream', message: three })
    expect('both directions, in turns', both, grpcOk(), bodyLike(/"number":2\}\]$/))
    expect('from the server', await grpc({ method: 'EchoServerStream', message: { count: 100 } }), grpcOk(), bodyLike(/"number":1[^0-9]/))
    expect('from the client', await grpc({ method: 'EchoClientStream', message: three }), grpcOk(), bodyLike(/"number":3/))
  },
})
