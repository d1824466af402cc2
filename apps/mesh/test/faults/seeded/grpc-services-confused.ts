import { fault, misread } from '../fault.ts'

export default fault({
  title: 'Rules see only the method of a call by gRPC, and not its service',
  kills: ['grpc-service-match'],
  touches: ['Grpc'],
  wrap: {
    decide: misread((request) => ({ ...request, path: request.path.replace(/^\/grpc\.health\.v1\.Health\//, '/bookinfo.v1.Probe/') })),
  },
})
