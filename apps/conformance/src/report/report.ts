/** What a run found: the JSON form, from which all others are made. */
import type { Result } from '../run-check.ts'

export interface Report {
  tool: 'bookinfo-conformance'
  version: string
  /** ISO 8601 */
  startedAt: string
  /** ms */
  duration: number
  target: { name: string; options: string; versions: Readonly<Record<string, string>> }
  seed: number
  /** The run's false-alarm budget. */
  alpha: number
  counts: { passed: number; failed: number; unsupported: number }
  /** Every feature that was asked about: `passed` when all of its checks did. */
  features: Record<string, 'passed' | 'failed' | 'unsupported'>
  results: Result[]
}

type Given = Omit<Report, 'tool' | 'counts' | 'features'>

export function reportOf(given: Given): Report {
  const count = (outcome: Result['outcome']) => given.results.filter((result) => result.outcome === outcome).length
  const features: Report['features'] = {}
  for (const { features: named, outcome } of given.results)
    for (const feature of named) {
      const before = features[feature]
      features[feature] =
        before === undefined || outcome === 'failed' || (before === 'unsupported' && outcome === 'passed') ? outcome : before
    }
  const counts = { passed: count('passed'), failed: count('failed'), unsupported: count('unsupported') }
  return { tool: 'bookinfo-conformance', ...given, counts, features }
}

/** The command that repeats only this check. */
export const repeat = ({ target, seed }: { target: Pick<Report['target'], 'options'>; seed: number }, name: string) =>
  `npx bookinfo-conformance run ${target.options} --check ${name} --seed ${seed}`

export const seconds = (ms: number) => (ms / 1000).toFixed(ms < 10_000 ? 2 : 1)
