import { check } from '../src/check.ts'
import { ok, refused } from '../src/checkers.ts'

export default check({
  title: 'A gateway closes TLS for a name that no rule has',
  features: ['TLS', 'Gateway'],
  needs: ['tcp', 'gateway-tls'],
  hosts: ['gateway', 'ratings'],
  async run({ enter, expect }) {
    expect('a name that a rule has', await enter({ serverName: 'echo.conformance.example' }), ok())
    expect('another one', await enter({ serverName: 'other.conformance.example', count: 3 }), refused())
  },
})
