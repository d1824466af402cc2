import { check } from '../src/check.ts'
import { status, header } from '../src/checkers.ts'

export default check({
  title: "A redirect replaces the path's prefix and keeps the rest",
  features: ['Redirect'],
  async run({ call, expect }) {
    expect(
      'redirected',
      await call({ path: '/probe/echo/a/b?x=1' }),
      status(302),
      header('location', 'http://books.example:8080/shelf/b?x=1'),
    )
  },
})
