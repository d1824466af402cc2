import { check } from '../src/check.ts'
import { status, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Statuses of the application pass unchanged',
  features: ['Statuses'],
  async run({ call, expect }) {
    for (const code of [200, 204, 301, 404, 418, 500, 503])
      expect(String(code), await call({ path: `/probe/echo?status=${code}` }), status(code), servedBy('v1', 'v2', 'v3'))
  },
})
