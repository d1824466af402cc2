import { check } from '../src/check.ts'
import { ok, servedBy } from '../src/checkers.ts'

export default check({
  title: 'Rules of a gateway do not hold inside of the mesh, nor the other way round',
  features: ['Gateway'],
  needs: ['gateway'],
  async run({ call, knock, expect }) {
    expect('from outside', await knock(), ok(), servedBy('v2'))
    expect('from inside', await call(), ok(), servedBy('v1'))
  },
})
