import type { Answer } from '../src/answer.ts'
import { check } from '../src/check.ts'
import { ok, servedBy, fact } from '../src/checkers.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { limits } from '../src/eventually.ts'

export default check({
  title: 'Rules that change under load lose no request',
  features: ['RuleChanges'],
  async run({ call, expect, note, apply }) {
    const changed = new AbortController()
    const change = async () => {
      for (const file of ['rule-change-under-load.other.yaml', 'rule-change-under-load.yaml']) {
        await sleep(limits.interval)
        await apply(file)
      }
    }
    /** As long as rules change, however long the mesh takes for it. */
    const load = async () => {
      const answers: Answer[] = []
      while (!changed.signal.aborted) answers.push(...(await call({ count: 400, concurrency: 8, pauseMs: 5, brief: true })))
      return answers
    }
    const changes = async () => {
      try {
        for (let i = 0; i < 4; i++) await change()
      } finally {
        changed.abort()
      }
    }
    const [answers] = await Promise.all([load(), changes()])
    expect('all', answers, ok(), servedBy('v1', 'v2'))
    const seen = new Set(answers.map((answer) => answer.servedBy?.version))
    note('both rules', fact('v1 and v2', [...seen].join(' and '), seen.size === 2))
  },
})
