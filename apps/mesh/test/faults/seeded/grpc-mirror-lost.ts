import { fault, forward } from '../fault.ts'

export default fault({
  title: 'Calls by gRPC are not mirrored',
  kills: ['grpc-mirror'],
  touches: ['Mirror'],
  wrap: { decide: forward((made, request) => (request.headers['te']?.includes('trailers') ? { ...made, mirrors: [] } : made)) },
})
