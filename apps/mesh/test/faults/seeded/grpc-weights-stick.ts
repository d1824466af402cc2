import { fault } from '../fault.ts'

export default fault({
  title: 'All calls by gRPC go where the first one on the connection went',
  kills: ['grpc-weights-20-80'],
  touches: ['Weights'],
  wrap: {
    decide: (real) => (rules, request, caller, state, random) =>
      real(rules, request, caller, state, request.headers['te']?.includes('trailers') ? () => 0.5 : random),
  },
})
