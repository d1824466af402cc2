import { fault, respond } from '../fault.ts'

export default fault({
  title: 'An abort by grpcStatus gives the code that stands for its status of HTTP',
  kills: ['grpc-abort'],
  touches: ['GrpcAnswers'],
  wrap: {
    decide: respond((made) => {
      const { grpcStatus: _, ...rest } = made
      return rest
    }),
  },
})
