import { check } from '../src/check.ts'
import { header, ok, servedBy, status } from '../src/checkers.ts'

export default check({
  title: 'A gRPC client that is denied gets PERMISSION_DENIED in the headers of a 200',
  features: ['GrpcAnswers', 'AuthorizationPolicy'],
  async run({ call, expect }) {
    const headers = { 'content-type': 'application/grpc+proto' }
    const denied = await call({ to: 'ratings', method: 'DELETE', headers })
    expect('denied', denied, status(200), header('grpc-status', '7'), header('grpc-message', 'RBAC: access denied'), servedBy('none'))
    expect('allowed', await call({ to: 'ratings', headers }), ok(), servedBy('v1'))
    expect('others', await call({ to: 'ratings', method: 'DELETE', headers: { 'content-type': 'application/grpcweb' } }), status(403))
  },
})
