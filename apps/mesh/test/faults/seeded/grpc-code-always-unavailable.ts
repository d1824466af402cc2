import { fault } from '../fault.ts'

export default fault({
  title: 'Every answer of the proxy to a gRPC client is UNAVAILABLE',
  kills: ['grpc-denial', 'grpc-no-route'],
  touches: ['GrpcAnswers'],
  wrap: { grpcCodeOf: () => () => 14 },
})
