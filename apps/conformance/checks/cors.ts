import { check } from '../src/check.ts'
import { ok, servedBy, header, noHeader } from '../src/checkers.ts'

export default check({
  title: 'The mesh answers a preflight of an origin that is allowed, and marks answers for it',
  features: ['Cors'],
  needs: ['gateway'],
  async run({ knock, expect }) {
    const preflight = (origin: string) => knock({ method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } })
    const allowed = 'https://shop.example'
    expect(
      'allowed',
      await preflight(allowed),
      ok(),
      header('access-control-allow-origin', allowed),
      header('access-control-allow-methods', 'GET,PUT'),
      servedBy('none'),
    )
    expect('another one', await preflight('https://elsewhere.example'), noHeader('access-control-allow-origin'))
    expect('an answer', await knock({ headers: { origin: allowed } }), ok(), header('access-control-allow-origin', allowed), servedBy('v1'))
  },
})
