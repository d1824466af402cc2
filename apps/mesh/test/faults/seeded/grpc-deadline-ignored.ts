import { fault } from '../fault.ts'

export default fault({
  title: 'The deadline of a gRPC client is ignored',
  kills: ['grpc-deadline'],
  touches: ['GrpcDeadline'],
  wrap: { grpcTimeoutMs: () => () => 0 },
})
