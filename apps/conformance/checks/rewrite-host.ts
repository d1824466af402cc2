import { check } from '../src/check.ts'
import { ok, receivedPath, receivedHost } from '../src/checkers.ts'

export default check({
  title: 'A rewrite of the host changes what the workload sees',
  features: ['Rewrite'],
  async run({ call, expect }) {
    expect('rewritten', await call(), ok(), receivedHost('books.example'), receivedPath('/probe/echo'))
  },
})
