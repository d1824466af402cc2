import { check } from '../src/check.ts'
import { failedWith } from '../src/checkers.ts'

export default check({
  title: 'A workload that resets a connection resets that of the client',
  features: ['TCP'],
  needs: ['tcp'],
  hosts: ['ratings'],
  async run({ call, expect }) {
    const answers = await call({ scheme: 'tcp', to: 'ratings:9082', body: '!delay=200 reset=0\n', count: 3 })
    expect('connections', answers, failedWith('ECONNRESET'))
  },
})
