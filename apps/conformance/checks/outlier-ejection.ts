import { check } from '../src/check.ts'
import { ok, status, servedBy, fact } from '../src/checkers.ts'
import { eventually } from '../src/eventually.ts'

/** Some may have been under way before the first failure was seen. */
const isFew = (failures: number) => failures >= 1 && failures <= 3

export default check({
  title: 'A pod that fails is left out, and comes back in time',
  features: ['OutlierDetection'],
  async run({ call, expect, note }) {
    const failing = { path: '/probe/echo?status=503&only=v3' }
    const before = await call({ ...failing, count: 40 })
    expect('until v3 fails', before, status(200, 503))
    note(
      'failures',
      fact(
        '1 to 3 failures',
        String(before.filter(({ status: code }) => code === 503).length),
        isFew(before.filter(({ status: code }) => code === 503).length),
      ),
    )
    expect('v3 is out', await call({ count: 30 }), ok(), servedBy('v1', 'v2'))
    const back = await eventually('v3 answers again', async () =>
      (await call({ count: 10 })).find(({ servedBy: by }) => by?.version === 'v3'),
    )
    expect('v3 is back', [back], ok())
  },
})
