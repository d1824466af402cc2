import { fault } from '../fault.ts'

export default fault({
  title: 'A gRPC client gets answers of HTTP from the proxy',
  kills: ['grpc-abort', 'grpc-denial', 'grpc-no-route', 'grpc-unavailable', 'grpc-deadline', 'grpc-timeout'],
  touches: ['GrpcAnswers', 'GrpcDeadline'],
  wrap: { isGrpc: () => () => false },
})
