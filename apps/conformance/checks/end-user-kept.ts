import { check } from '../src/check.ts'
import { ok, bodyLike } from '../src/checkers.ts'

export default check({
  title: 'Every service passes the signed-in user on',
  features: ['EndUser'],
  async run({ call, expect }) {
    const rating = /"stars":/
    expect(
      'jason',
      await call({ to: 'reviews', path: '/reviews/0', headers: { 'end-user': 'jason' } }),
      ok(),
      bodyLike(/currently unavailable/),
    )
    expect('anybody else', await call({ to: 'reviews', path: '/reviews/0' }), ok(), bodyLike(rating))
  },
})
