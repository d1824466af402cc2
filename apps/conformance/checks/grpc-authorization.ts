import { check } from '../src/check.ts'
import { grpcOk, grpcStatus, grpcMessage, servedBy } from '../src/checkers.ts'

export default check({
  title: 'A denied method of gRPC ends with 7 (permission denied), from the mesh, and others pass',
  features: ['Grpc', 'GrpcAnswers', 'AuthorizationPolicy'],
  needs: ['grpc'],
  async run({ grpc, expect }) {
    const to = 'ratings'
    expect('denied', await grpc({ to }), grpcStatus(7), grpcMessage('RBAC: access denied'), servedBy('none'))
    expect('another method', await grpc({ to, method: 'EchoServerStream' }), grpcOk())
  },
})
