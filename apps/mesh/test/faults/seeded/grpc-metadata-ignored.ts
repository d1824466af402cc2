import { fault, misread } from '../fault.ts'

export default fault({
  title: 'Rules do not see the metadata of calls by gRPC',
  kills: ['grpc-header-match', 'grpc-method-and-header', 'grpc-fault-abort'],
  touches: ['Grpc'],
  wrap: {
    decide: misread((request) => {
      if (!request.headers['te']?.includes('trailers')) return request
      const { 'end-user': _, ...headers } = request.headers
      return { ...request, headers }
    }),
  },
})
