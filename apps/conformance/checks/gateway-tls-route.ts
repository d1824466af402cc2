import { check } from '../src/check.ts'
import { ok, header, servedByService } from '../src/checkers.ts'

export default check({
  title: 'A TLSRoute leads from a gateway to a workload by the name that the client asks for',
  features: ['TLS', 'Gateway'],
  needs: ['tcp', 'gateway-tls', 'gateway-of-gateway-api'],
  hosts: ['gateway', 'ratings'],
  async run({ enter, expect }) {
    const answers = await enter({ serverName: 'echo.conformance.example', body: 'a few bytes', count: 3 })
    expect('connections', answers, ok(), servedByService('ratings'))
    expect('the name that arrives', answers, header('server-name', 'echo.conformance.example'), header('received', '11'))
  },
})
