import { check } from '../src/check.ts'
import { ok, receivedProtocol } from '../src/checkers.ts'

export default check({
  title: 'With h2UpgradePolicy UPGRADE a workload is asked by HTTP/2, whatever the client speaks',
  features: ['Http2'],
  needs: ['grpc'],
  async run({ call, expect }) {
    expect('HTTP/1.1', await call({ count: 5 }), ok(), receivedProtocol('HTTP/2.0'))
    expect('HTTP/2', await call({ protocol: 'h2c', count: 5 }), ok(), receivedProtocol('HTTP/2.0'))
  },
})
