import { fault } from '../fault.ts'

export default fault({
  title: 'Every content type that begins like that of gRPC is taken for it',
  kills: ['grpc-denial'],
  touches: ['GrpcAnswers'],
  wrap: { isGrpc: () => (headers) => headers['content-type']?.[0]?.startsWith('application/grpc') ?? false },
})
