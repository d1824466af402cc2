import { fault } from '../fault.ts'

export default fault({
  title: 'A call by gRPC that failed is tried again, whatever its status is',
  kills: ['grpc-retry-unlisted'],
  touches: ['Retries', 'Statuses'],
  wrap: {
    retriesAnswer: (real) => (policy, status, headers) =>
      real(policy, status, headers) || !['0', undefined].includes(headers['grpc-status'] as string | undefined),
  },
})
