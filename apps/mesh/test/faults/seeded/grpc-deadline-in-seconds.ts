import { fault } from '../fault.ts'

export default fault({
  title: 'The deadline of a gRPC client is read in seconds, whatever its unit',
  kills: ['grpc-deadline'],
  touches: ['GrpcDeadline'],
  wrap: { grpcTimeoutMs: () => (headers) => Number.parseInt(headers['grpc-timeout']?.[0] ?? '0') * 1000 },
})
