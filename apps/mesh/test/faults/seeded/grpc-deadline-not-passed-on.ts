import { fault, forward } from '../fault.ts'

export default fault({
  title: 'The server does not learn the limit of the proxy',
  kills: ['grpc-timeout'],
  touches: ['GrpcDeadline'],
  wrap: {
    decide: forward((made) => ({
      ...made,
      requestHeaders: { ...made.requestHeaders, set: made.requestHeaders.set.filter(([name]) => name !== 'grpc-timeout') },
    })),
  },
})
