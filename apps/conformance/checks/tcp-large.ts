import { check } from '../src/check.ts'
import { ok, header, fact } from '../src/checkers.ts'

export default check({
  title: 'A large transfer arrives complete in both directions',
  features: ['TCP'],
  needs: ['tcp'],
  hosts: ['ratings'],
  async run({ call, expect, note }) {
    const bytes = 10_000_000
    const [answer] = await call({ scheme: 'tcp', to: 'ratings:9082', bytes })
    expect('what the workload received', [answer!], ok(), header('received', String(bytes)))
    note('what came back', fact(`${bytes} bytes`, `${answer?.bytes} bytes`, answer?.bytes === bytes))
  },
})
