import { check } from '../src/check.ts'
import { ok, status } from '../src/checkers.ts'
import { tokenOf } from '../src/token.ts'

export default check({
  title: 'Without a policy that asks for one, a request without a token gets in, and one with a bad token does not',
  features: ['RequestAuthentication'],
  async run({ call, expect }) {
    expect('none', await call({ to: 'ratings' }), ok())
    expect(
      'expired',
      await call({ to: 'ratings', headers: { authorization: `Bearer ${tokenOf({ sub: 'jason', expiresIn: -3600 })}` } }),
      status(401),
    )
  },
})
