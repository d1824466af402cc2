import { check } from '../src/check.ts'
import { ok, status } from '../src/checkers.ts'
import { tokenOf } from '../src/token.ts'

export default check({
  title: 'Without a policy that requires one, a request without a token is accepted, and one with a bad token is refused',
  features: ['RequestAuthentication'],
  async run({ call, expect }) {
    expect('none', await call({ to: 'ratings' }), ok())
    expect(
      'expired',
      await call({ to: 'ratings', headers: { authorization: `Bearer ${await tokenOf({ sub: 'jason', expiresIn: -3600 })}` } }),
      status(401),
    )
  },
})
