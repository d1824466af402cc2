import { check } from '../src/check.ts'
import { ok, header, servedByService } from '../src/checkers.ts'

export default check({
  title: 'A gateway passes TLS on by the name that the client asks for',
  features: ['TLS', 'Gateway'],
  needs: ['tcp', 'gateway-tls'],
  hosts: ['gateway', 'ratings'],
  async run({ enter, expect }) {
    const answers = await enter({ serverName: 'echo.conformance.example', body: 'a few bytes', count: 3 })
    expect('connections', answers, ok(), servedByService('ratings'))
    expect('the name that arrives', answers, header('server-name', 'echo.conformance.example'), header('received', '11'))
  },
})
