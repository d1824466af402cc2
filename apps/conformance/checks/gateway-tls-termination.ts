import { check } from '../src/check.ts'
import { ok, header, noHeader, servedByService } from '../src/checkers.ts'

export default check({
  title: 'A gateway ends TLS and passes the bytes on in the clear',
  features: ['TLS', 'Gateway'],
  needs: ['tcp', 'gateway-tls', 'gateway-secret'],
  hosts: ['gateway', 'ratings'],
  async run({ enter, expect }) {
    const answers = await enter({ serverName: 'clear.conformance.example', body: 'a few bytes', count: 3 })
    expect('connections', answers, ok(), servedByService('ratings'), header('received', '11'))
    expect('no TLS at the workload', answers, noHeader('server-name'))
  },
})
