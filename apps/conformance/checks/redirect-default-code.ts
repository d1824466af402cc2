import { check } from '../src/check.ts'
import { status, header } from '../src/checkers.ts'

export default check({
  title: "A redirect's code is 301 by default (the Gateway API's 302)",
  features: ['Redirect'],
  async run({ call, expect, profile }) {
    expect('redirected', await call(), status(profile === 'istio' ? 301 : 302), header('location', 'http://books.example:8080/probe/echo'))
  },
})
