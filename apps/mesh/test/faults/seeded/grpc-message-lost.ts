import { fault } from '../fault.ts'

export default fault({
  title: 'The proxy says no message to gRPC clients',
  kills: ['grpc-abort', 'grpc-denial', 'grpc-unavailable', 'grpc-deadline'],
  touches: ['GrpcAnswers', 'GrpcDeadline'],
  wrap: { grpcReply: (real) => (code) => real(code, '') },
})
