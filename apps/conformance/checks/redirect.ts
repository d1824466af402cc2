import { check } from '../src/check.ts'
import { ok, status, servedBy, header } from '../src/checkers.ts'

export default check({
  title: 'A redirect answers with its code and the exact Location, and calls no workload',
  features: ['Redirect'],
  async run({ call, expect }) {
    const answers = await call({ path: '/probe/echo/old?x=1' })
    expect('redirected', answers, status(302), header('location', 'http://books.example:8080/new?x=1'), servedBy('none'))
    expect('another path', await call({ path: '/probe/echo' }), ok())
  },
})
