import { fault } from '../fault.ts'

export default fault({
  title: 'A status of gRPC is never a reason to try again',
  kills: ['grpc-retry-count', 'grpc-retry-success'],
  touches: ['Retries'],
  wrap: { retriesAnswer: (real) => (policy, status, headers) => headers['grpc-status'] === undefined && real(policy, status, headers) },
})
