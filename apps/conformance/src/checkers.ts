/** Small judges of answers. Assertions are put together from them. */
import type { Answer } from './answer.ts'
import { limits } from './eventually.ts'
import { pValue } from './statistics/binomial.ts'
import type { Plan } from './statistics/plan.ts'

export interface Finding {
  pass: boolean
  expected: string
  observed: string
  /** Of sampled shares. */
  statistics?: { n: number; count: number; share: number; pValue: number; alpha: number; power: number }
}

export type Checker = (answers: readonly Answer[], plan: Plan | undefined) => Finding | Finding[]

/** `3 × 200, 1 × timeout` */
export function tally(values: readonly string[]): string {
  const counts = Map.groupBy(values, (value) => value)
  return Array.from(counts, ([value, { length }]) => (values.length === 1 ? value : `${length} × ${value}`)).join(', ') || 'nothing'
}

const statusOf = ({ status, error }: Answer) => (status === 0 ? `no answer (${error})` : String(status))
const versionOf = ({ servedBy, ...answer }: Answer) => servedBy?.version ?? statusOf({ servedBy, ...answer })

/** Every answer fits: the form of nearly all checkers. */
const every =
  (expected: string, tell: (answer: Answer) => string, fits: (answer: Answer) => boolean): Checker =>
  (answers) => ({
    pass: answers.length > 0 && answers.every(fits),
    expected,
    observed: tally(answers.map(tell)),
  })

export const status = (...codes: number[]): Checker =>
  every(`status ${codes.join(' or ')}`, statusOf, (answer) => codes.includes(answer.status))
export const ok = (): Checker => status(200)

const grpcStatusOf = ({ grpcStatus: code, ...answer }: Answer) =>
  code === undefined || code === -1 ? `no status of gRPC (${statusOf({ grpcStatus: code, ...answer })})` : `gRPC ${code}`

/** Answered with one of these codes of gRPC, as HTTP 200. */
export const grpcStatus = (...codes: number[]): Checker =>
  every(`gRPC ${codes.join(' or ')}`, grpcStatusOf, (answer) => answer.status === 200 && codes.includes(answer.grpcStatus ?? -1))
export const grpcOk = (): Checker => grpcStatus(0)
export const grpcMessage = (text: string): Checker =>
  every(
    `message ${JSON.stringify(text)}`,
    (answer) => JSON.stringify(answer.grpcMessage),
    (answer) => answer.grpcMessage === text,
  )

/** The connection failed, or the caller's proxy says so with 503: what a plaintext caller of a STRICT workload sees. */
export const refused = (): Checker =>
  every(
    'no answer of the workload',
    (answer) => `${statusOf(answer)}${answer.servedBy ? ` by ${answer.servedBy.version}` : ''}`,
    ({ servedBy, status: code }) => servedBy === null && (code === 0 || code === 503),
  )

/** Nothing that the client sent arrived: a proxy that denies a connection may let its workload's greeting through before. */
export const unheard = (): Checker =>
  every(
    'nothing of the client arrives',
    (answer) => (isHeard(answer) ? `${answer.bytes} bytes back, received ${answer.headers['received'] ?? 'unknown'}` : 'nothing'),
    (answer) => !isHeard(answer),
  )

const isHeard = ({ headers, bytes }: Answer) => headers['received'] !== undefined || bytes > 0

/** No whole answer came, for this reason. */
export const failedWith = (reason: string): Checker =>
  every(`no answer (${reason})`, statusOf, ({ status: code, error }) => code === 0 && error === reason)

/** Answered by a pod of one of these versions (`v2`), or by none of the application's (`none`). */
export const servedBy = (...versions: string[]): Checker =>
  every(`served by ${versions.join(' or ')}`, versionOf, (answer) => versions.includes(answer.servedBy?.version ?? 'none'))

export const servedByService = (service: string): Checker =>
  every(
    `served by ${service}`,
    (answer) => answer.servedBy?.service ?? statusOf(answer),
    (answer) => answer.servedBy?.service === service,
  )

/** All by one and the same pod. */
export const samePod = (): Checker => (answers) => {
  const pods = answers.map((answer) => answer.servedBy?.pod ?? statusOf(answer))
  return {
    pass: new Set(pods).size === 1 && answers.every((answer) => answer.servedBy !== null),
    expected: 'one and the same pod',
    observed: tally(pods),
  }
}

/** At least this many pods took part. */
export const spreadOver =
  (least: number): Checker =>
  (answers) => {
    const pods = answers.map((answer) => answer.servedBy?.pod ?? statusOf(answer))
    return { pass: new Set(pods).size >= least, expected: `at least ${least} pods`, observed: tally(pods) }
  }

export const header = (name: string, value: string): Checker =>
  every(
    `${name}: ${value}`,
    (answer) => answer.headers[name] ?? `no ${name}`,
    (answer) => answer.headers[name] === value,
  )
export const noHeader = (name: string): Checker =>
  every(
    `no ${name}`,
    (answer) => answer.headers[name] ?? `no ${name}`,
    (answer) => answer.headers[name] === undefined,
  )

/** The workload received `name` with these values, joined as one. */
export const received = (name: string, value: string): Checker =>
  every(
    `${name}: ${value} received`,
    (answer) => receivedOf(answer, name) ?? `no ${name}`,
    (answer) => receivedOf(answer, name) === value,
  )
export const notReceived = (name: string): Checker =>
  every(
    `no ${name} received`,
    (answer) => receivedOf(answer, name) ?? `no ${name}`,
    (answer) => answer.echo !== undefined && receivedOf(answer, name) === undefined,
  )
export const receivedLike = (name: string, pattern: RegExp): Checker =>
  every(
    `${name} like ${pattern} received`,
    (answer) => receivedOf(answer, name) ?? `no ${name}`,
    (answer) => pattern.test(receivedOf(answer, name) ?? ''),
  )

export const receivedOf = ({ echo }: Answer, name: string): string | undefined => echo?.headers[name]?.join(',')

/** The workload received this trace in either form of B3: Envoy goes on in the one that came. */
export const receivedB3 = (traceId: RegExp, sampled: '0' | '1'): Checker =>
  every(
    `trace ${traceId} with sampled ${sampled} received`,
    (answer) => b3Of(answer).join('-') || 'no B3',
    (answer) => {
      const [id = '', decision] = b3Of(answer)
      return traceId.test(id) && decision === sampled
    },
  )

function b3Of(answer: Answer): (string | undefined)[] {
  const [traceId, , sampled] = receivedOf(answer, 'b3')?.split('-') ?? []
  if (sampled !== undefined) return [traceId, sampled]
  return [receivedOf(answer, 'x-b3-traceid'), receivedOf(answer, 'x-b3-sampled')].filter((value) => value !== undefined)
}

export const receivedPath = (path: string): Checker =>
  every(
    `path ${path} received`,
    (answer) => answer.echo?.path ?? statusOf(answer),
    (answer) => answer.echo?.path === path,
  )
export const receivedHost = (host: string): Checker =>
  every(
    `host ${host} received`,
    (answer) => answer.echo?.host ?? statusOf(answer),
    (answer) => answer.echo?.host === host,
  )

export const body = (text: string): Checker =>
  every(
    `body ${JSON.stringify(text)}`,
    (answer) => JSON.stringify(answer.body.slice(0, 200)),
    (answer) => answer.body === text,
  )
export const bodyLike = (pattern: RegExp): Checker =>
  every(
    `body like ${pattern}`,
    (answer) => JSON.stringify(answer.body.slice(0, 200)),
    (answer) => pattern.test(answer.body),
  )

const tellTime = ({ ms, late }: Answer) => `${Math.round(ms)} ms${late > limits.early ? ` where all are ${Math.round(late)} ms late` : ''}`

/** As long as `ms` milliseconds, as far as clocks allow, and a machine on which everything is late. */
export const took = (ms: number): Checker =>
  every(`${ms} ms`, tellTime, (answer) => answer.ms >= ms - limits.early && answer.ms <= ms + limits.late + answer.late)
export const within = (ms: number): Checker => every(`within ${ms} ms`, tellTime, (answer) => answer.ms <= ms + answer.late)

/** Shares of the versions that answered, in percent; they add up to 100. An exact two-sided binomial test each. */
export const shares = (expected: Readonly<Record<string, number>>): Checker => sampledShares(expected, versionOf)

/** Shares of the statuses of answers. */
export const statusShares = (expected: Readonly<Record<string, number>>): Checker => sampledShares(expected, statusOf)

/** Share of answers that took at least `ms`. */
export const slowShare = (ms: number, percent: number): Checker =>
  sampledShares({ slow: percent, fast: 100 - percent }, (answer) =>
    answer.status === 0 ? statusOf(answer) : answer.ms >= ms - limits.early ? 'slow' : 'fast',
  )

/** `count` of `plan.n`: for what is counted elsewhere, such as mirrored requests in the ledger. */
export const countShare =
  (what: string, count: number, percent: number): Checker =>
  (answers, plan) =>
    shareFinding(what, count, answers.length, percent, plan)

function sampledShares(expected: Readonly<Record<string, number>>, groupOf: (answer: Answer) => string): Checker {
  return (answers, plan) => {
    const groups = Map.groupBy(answers, groupOf)
    const strangers = [...groups.keys()].filter((group) => expected[group] === undefined)
    const findings = Object.entries(expected)
      // Two shares are one number.
      .slice(0, Object.keys(expected).length === 2 ? 1 : undefined)
      .map(([group, percent]) => shareFinding(group, groups.get(group)?.length ?? 0, answers.length, percent, plan))
    if (strangers.length === 0) return findings
    const others = answers.filter((answer) => strangers.includes(groupOf(answer)))
    return [
      ...findings,
      { pass: false, expected: `only ${Object.keys(expected).join(', ')}`, observed: `also ${tally(others.map(groupOf))}` },
    ]
  }
}

function shareFinding(what: string, count: number, n: number, percent: number, plan: Plan | undefined): Finding {
  if (!plan) throw new Error('a check of shares has to say what it samples (sampled)')
  const { alpha } = plan
  const p = pValue(count, n, percent / 100)
  const share = (100 * count) / Math.max(1, n)
  return {
    pass: n > 0 && p >= alpha,
    expected: `${what} ${percent} %`,
    observed: `${what} ${share.toFixed(2)} % (${count} of ${n}, p = ${p.toPrecision(3)}, α = ${alpha.toPrecision(2)})`,
    statistics: { n, count, share, pValue: p, alpha, power: plan.power },
  }
}

/** A fact that is not an answer. */
export const fact = (expected: string, observed: string, pass: boolean): Finding => ({ pass, expected, observed })
