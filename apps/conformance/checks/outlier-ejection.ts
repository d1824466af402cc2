import type { Answer } from '../src/answer.ts'
import { check } from '../src/check.ts'
import { ok, status, servedBy, fact } from '../src/checkers.ts'
import { eventually, limits } from '../src/eventually.ts'

/** How long a pod is out for its first failure (baseEjectionTime in the rules), and how many answers tell that it is. */
const [outMs, enough] = [4000, 30]

const isFailure = (answer: Answer) => answer.status === 503

export default check({
  title: 'A failing pod is ejected, and comes back in time',
  features: ['OutlierDetection'],
  async run({ call, expect, note }) {
    let rounds = 0
    const seen = await eventually(
      'answers while a pod is out',
      async () => {
        const answers = await call({ path: '/probe/echo?status=503&only=v3', count: 60 })
        const first = answers.find(isFailure)
        // Out since an earlier round.
        if (rounds++ > 0 && !first) return undefined
        const during = first ? answers.filter(({ at, ms }) => at > first.at && at + ms < first.at + outMs) : answers
        // A machine that is starved may not send enough while v3 is out: then its next failure is looked at.
        return during.length >= enough ? { answers, during, failed: first !== undefined } : undefined
      },
      limits.check,
    )
    const failures = seen.during.filter(isFailure).length + Number(seen.failed)
    expect('until v3 fails', seen.answers, status(200, 503))
    // Some may have been under way before the first failure was seen.
    note('failures', fact('1 to 3 failures', String(failures), failures >= 1 && failures <= 3))
    expect('v3 is out', seen.during.slice(10), ok(), servedBy('v1', 'v2'))
    const back = await eventually('v3 answers again', async () =>
      (await call({ count: 10 })).find(({ servedBy: by }) => by?.version === 'v3'),
    )
    expect('v3 is back', [back], ok())
  },
})
