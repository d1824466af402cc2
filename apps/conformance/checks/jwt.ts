import { check } from '../src/check.ts'
import { ok, status, servedByService, body, bodyLike } from '../src/checkers.ts'
import { tokenOf } from '../src/token.ts'

export default check({
  title: 'A valid token is accepted with its principal; a missing, a bad and an expired one are refused',
  features: ['RequestAuthentication', 'AuthorizationPolicy'],
  async run({ call, expect }) {
    const as = (token: string) => call({ to: 'ratings', headers: { authorization: `Bearer ${token}` } })
    expect('none', await call({ to: 'ratings' }), status(403), body('RBAC: access denied'))
    expect('good', await as(await tokenOf({ sub: 'jason' })), ok(), servedByService('ratings'))
    expect('expired', await as(await tokenOf({ sub: 'jason', expiresIn: -3600 })), status(401), bodyLike(/^Jwt is expired/))
    expect('of another signer', await as(await tokenOf({ sub: 'jason', key: 'stranger' })), status(401))
    expect('of another issuer', await as(await tokenOf({ sub: 'jason', issuer: 'https://elsewhere.example' })), status(401))
    expect('no token at all', await as('what.is.this'), status(401))
  },
})
