import { check } from '../src/check.ts'
import { grpcOk, receivedB3 } from '../src/checkers.ts'

export default check({
  title: 'Trace headers travel as metadata of gRPC: the trace of the caller goes on',
  features: ['Grpc', 'Tracing', 'B3'],
  needs: ['grpc'],
  async run({ grpc, expect, hex }) {
    const trace = hex(32)
    const headers = { 'x-b3-traceid': trace, 'x-b3-spanid': hex(16), 'x-b3-sampled': '1' }
    expect('sampled', await grpc({ headers }), grpcOk(), receivedB3(new RegExp(`^${trace}$`), '1'))
    expect('single header', await grpc({ headers: { b3: `${trace}-${hex(16)}-0` } }), grpcOk(), receivedB3(new RegExp(`^${trace}$`), '0'))
  },
})
