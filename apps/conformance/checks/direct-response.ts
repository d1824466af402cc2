import { check } from '../src/check.ts'
import { status, servedBy, body } from '../src/checkers.ts'

export default check({
  title: 'A direct response comes from the proxy, with its status and body',
  features: ['DirectResponse'],
  async run({ call, expect }) {
    expect('answered', await call(), status(418), body('short and stout'), servedBy('none'))
  },
})
