import { check } from '../src/check.ts'
import { ok, fact } from '../src/checkers.ts'

export default check({
  title: 'Connections over the limit of a pool are closed',
  features: ['TCP', 'ConnectionPool'],
  needs: ['tcp'],
  async run({ call, expect, note }) {
    const order = { scheme: 'tcp', to: 'ratings:9082' } as const
    const answers = await call({ ...order, body: '!delay=800\nheld', count: 8, concurrency: 8 })
    const served = answers.filter(({ servedBy }) => servedBy !== null).length
    // Envoy has a limit for each of its threads.
    note('at once', fact('1 or 2 of 8 connections', String(served), served === 1 || served === 2))
    expect('one after the other', await call({ ...order, count: 5 }), ok())
  },
})
