import { check } from '../src/check.ts'
import { ok, status } from '../src/checkers.ts'
import { tokenOf } from '../src/token.ts'

export default check({
  title: 'A policy may match on a claim of the token',
  features: ['RequestAuthentication', 'AuthorizationPolicy'],
  async run({ call, expect }) {
    const as = async (group: string) =>
      call({ to: 'ratings', headers: { authorization: `Bearer ${await tokenOf({ sub: 'jason', claims: { group } })}` } })
    expect('a reader', await as('readers'), ok())
    expect('a writer', await as('writers'), status(403))
  },
})
