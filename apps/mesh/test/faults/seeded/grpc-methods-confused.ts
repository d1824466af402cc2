import { fault, misread } from '../fault.ts'

export default fault({
  title: 'Rules take every method of a service of gRPC for its first one',
  kills: ['grpc-method-match', 'grpc-method-and-header'],
  touches: ['Grpc'],
  wrap: {
    decide: misread((request) => ({ ...request, path: request.path.replace(/^\/bookinfo\.v1\.Probe\/.*/, '/bookinfo.v1.Probe/Echo') })),
  },
})
