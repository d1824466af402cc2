import { check } from '../src/check.ts'
import { ok, header } from '../src/checkers.ts'

export default check({
  title: 'After the end of the client, the workload can still answer',
  features: ['TCP'],
  needs: ['tcp'],
  hosts: ['ratings'],
  async run({ call, expect }) {
    const answers = await call({ scheme: 'tcp', to: 'ratings:9082', body: 'a few bytes', count: 5 })
    expect('the count of bytes that comes after the end', answers, ok(), header('received', '11'))
  },
})
