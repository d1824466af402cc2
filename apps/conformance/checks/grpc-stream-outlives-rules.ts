import { check } from '../src/check.ts'
import { grpcOk, bodyLike, servedBy } from '../src/checkers.ts'
import { eventually } from '../src/eventually.ts'

export default check({
  title: 'A stream that is open when rules and policies change goes on to its end, and later calls follow the new ones',
  features: ['Grpc', 'GrpcStreams', 'RuleChanges'],
  needs: ['grpc'],
  async run({ grpc, expect, apply, id, ledger }) {
    const mark = id()
    // Proxies that get other policies let their connections end, and this one has a stream on it.
    const stream = grpc({ method: 'EchoServerStream', message: { count: 12, delay: 500 }, headers: { 'x-probe-id': mark } })
    await eventually('the stream begins', async () => ((await ledger(mark))['v1'] === 1 ? true : undefined))
    await apply('grpc-stream-outlives-rules.other.yaml')
    expect('later calls', await grpc({ count: 5 }), grpcOk(), servedBy('v3'))
    expect('the stream', await stream, grpcOk(), servedBy('v1'), bodyLike(/"number":11[^0-9]/))
  },
})
