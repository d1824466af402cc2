import { check } from '../src/check.ts'
import { status, header } from '../src/checkers.ts'

export default check({
  title: 'A redirect at the gateway has the exact Location',
  features: ['Gateway', 'Redirect'],
  needs: ['gateway'],
  async run({ knock, expect }) {
    expect('redirected', await knock({ path: '/old?x=1' }), status(308), header('location', 'https://books.example/new?x=1'))
  },
})
