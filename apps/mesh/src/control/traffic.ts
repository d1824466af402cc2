/** Requests to the page at a steady rate, as several users at once. */
import { Agent, request } from 'undici'

export interface TrafficPlan {
  /** Requests per second; 0 stops. */
  rate: number
  /** Names that sign in first; `anonymous` does not. In turn. */
  users: readonly string[]
  path: string
  headers: Readonly<Record<string, string>>
}

export interface TrafficReport extends TrafficPlan {
  sent: number
  /** Answers by status; `0` where none came. */
  statuses: Record<string, number>
  /** Not sent, because too many were under way. */
  skipped: number
}

const mostInFlight = 200
const answerLimitMs = 30_000

export class Traffic {
  readonly #gateway: string
  readonly #agent = new Agent({ connections: 64 })
  readonly #cookies = new Map<string, Promise<string>>()
  #plan: TrafficPlan = { rate: 0, users: ['anonymous'], path: '/productpage', headers: {} }
  #timer: NodeJS.Timeout | undefined
  #counts = { sent: 0, statuses: {} as Record<string, number>, skipped: 0 }
  #inFlight = 0

  /** `gateway` is its address, `http://127.0.0.1:8080`. */
  constructor(gateway: string) {
    this.#gateway = gateway
  }

  get report(): TrafficReport {
    return { ...this.#plan, ...this.#counts }
  }

  /** Replaces the traffic that is sent, and restarts the counts; a stop keeps the counts. */
  start(plan: TrafficPlan) {
    clearInterval(this.#timer)
    this.#plan = plan
    if (plan.rate <= 0) return
    this.#counts = { sent: 0, statuses: {}, skipped: 0 }
    this.#cookies.clear()
    const began = performance.now()
    let due = 0
    // Timers are late under load: each tick sends the requests that are due by now.
    this.#timer = setInterval(
      () => {
        const now = Math.floor(((performance.now() - began) / 1000) * plan.rate)
        for (const last = Math.max(due, now - Math.ceil(plan.rate)); due < now; due++) if (due >= last) this.#send(plan, due)
      },
      Math.max(5, Math.min(1000 / plan.rate, 250)),
    )
  }

  async close() {
    clearInterval(this.#timer)
    await this.#agent.destroy()
  }

  #send(plan: TrafficPlan, number: number) {
    const counts = this.#counts
    if (this.#inFlight >= mostInFlight) {
      counts.skipped++
      return
    }
    this.#inFlight++
    counts.sent++
    const user = plan.users[number % Math.max(1, plan.users.length)] ?? 'anonymous'
    void this.#ask(plan, user)
      .catch(() => 0)
      .then((status) => (counts.statuses[status] = (counts.statuses[status] ?? 0) + 1))
      .finally(() => this.#inFlight--)
  }

  async #ask({ path, headers }: TrafficPlan, user: string): Promise<number> {
    const cookie = user === 'anonymous' ? '' : await this.#signIn(user)
    const signal = AbortSignal.timeout(answerLimitMs)
    const sent = { 'user-agent': 'bookinfo-traffic', ...headers, ...(cookie && { cookie }) }
    const { statusCode, body } = await request(`${this.#gateway}${path}`, { dispatcher: this.#agent, headers: sent, signal })
    await body.dump()
    return statusCode
  }

  #signIn(user: string): Promise<string> {
    const known = this.#cookies.get(user)
    if (known) return known
    const cookie = this.#login(user)
    this.#cookies.set(user, cookie)
    cookie.catch(() => this.#cookies.delete(user))
    return cookie
  }

  async #login(user: string): Promise<string> {
    const { statusCode, headers, body } = await request(`${this.#gateway}/login`, {
      dispatcher: this.#agent,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ username: user, passwd: user }).toString(),
      signal: AbortSignal.timeout(answerLimitMs),
    })
    await body.dump()
    const [cookie] = [headers['set-cookie'] ?? []].flat()
    if (statusCode !== 302 || !cookie) throw new Error(`signing in as ${user}: ${statusCode}`)
    return cookie.split(';', 1)[0]!
  }
}
