import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Rules of a gateway do not apply inside the mesh, nor the reverse',
  features: ['Gateway'],
  needs: ['gateway'],
  async run({ call, knock, expect }) {
    expect('from outside', await knock(), ok(), servedBy('v2'))
    expect('from inside', await call(), ok(), servedBy('v1'))
  },
})
