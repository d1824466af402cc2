import { check } from '../src/check.ts'
import { ok, bodyLike } from '../src/checkers.ts'

export default check({
  title: 'A signed-in user is routed by name, and a name that a client only claims is ignored',
  features: ['HeaderMatch', 'EndUser'],
  needs: ['gateway'],
  hosts: ['ratings'],
  async run({ knock, expect }) {
    const login = {
      path: '/login',
      method: 'POST',
      body: 'username=jason&passwd=x',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }
    const [signedIn] = await knock(login)
    const cookie = signedIn?.headers['set-cookie']?.split(';', 1)[0] ?? ''
    const page = { path: '/api/v1/products/0/reviews' }
    expect('jason', await knock({ ...page, headers: { cookie } }), ok(), bodyLike(/"podname":"reviews-v2/))
    expect('signed out', await knock(page), ok(), bodyLike(/"podname":"reviews-v1/))
    expect('a claim', await knock({ ...page, headers: { 'end-user': 'jason' } }), ok(), bodyLike(/"podname":"reviews-v1/))
  },
})
