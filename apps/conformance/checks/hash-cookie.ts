import { check } from '../src/check.ts'
import { ok, samePod, spreadOver, fact } from '../src/checkers.ts'

export default check({
  title: 'A new client gets a cookie, and its requests with the cookie go to the same pod',
  features: ['ConsistentHash'],
  async run({ call, expect, note }) {
    const [first] = await call()
    expect('a new client', first ? [first] : [], ok())
    const cookie = first?.headers['set-cookie']?.split(';', 1)[0] ?? ''
    note('its cookie', fact('conformance=…', cookie || 'none', cookie.startsWith('conformance=')))
    const again = await call({ count: 15, headers: { cookie } })
    expect('with the cookie', [...(first ? [first] : []), ...again], ok(), samePod())
    expect('new clients', await call({ count: 120, concurrency: 60 }), ok(), spreadOver(3))
  },
})
