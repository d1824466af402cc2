/** The traffic generator: how much, as whom, with which headers. */
import { useState } from 'preact/hooks'
import type { TrafficReport } from '../../control/traffic.ts'
import { setTraffic } from './api.ts'
import { html } from './html.ts'
import { keepPlan, lastPlan } from './traffic-plan.ts'
import { readHeaderLines } from './view/header-lines.ts'
import { rate as rateWords } from './view/numbers.ts'

interface Props {
  report: TrafficReport | undefined
  gateway: string | undefined
  act: (work: Promise<unknown>, done?: string) => void
}

export function TrafficForm({ report, gateway, act }: Props) {
  const [plan] = useState(() => (report && report.rate > 0 ? report : lastPlan()))
  const [rate, setRate] = useState(plan.rate)
  const [users, setUsers] = useState(plan.users.join(', '))
  const [path, setPath] = useState(plan.path)
  const [lines, setLines] = useState(
    Object.entries(plan.headers)
      .map((pair) => pair.join(': '))
      .join('\n'),
  )
  const on = (report?.rate ?? 0) > 0
  const { headers, problem } = readHeaderLines(lines)
  const names = users
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  const wrong = problem ?? (/^\/[!-~]*$/.test(path) ? undefined : 'The path begins with / and has no spaces') ?? namesProblem(names)
  const start = (event: Event) => {
    event.preventDefault()
    if (wrong) return
    const next = { rate, users: names.length > 0 ? names : ['anonymous'], path, headers }
    keepPlan(next)
    act(setTraffic(next))
  }
  const text = (set: (value: string) => void) => (event: Event) => set((event.target as HTMLInputElement).value)
  return html`
    <h2>Traffic</h2>
    <form class="form" onSubmit=${start}>
      <label for="rate">Requests per second <output for="rate">${rate}</output></label>
      <input
        id="rate"
        type="range"
        min="0"
        max="7"
        step="1"
        value=${scale.findIndex((each) => each >= rate)}
        aria-valuetext=${`${rate} a second`}
        onInput=${(event: Event) => setRate(scale[Number((event.target as HTMLInputElement).value)] ?? 10)}
      />
      <label for="users">Users, in turn <span class="quiet">anonymous does not sign in</span></label>
      <input id="users" type="text" value=${users} onInput=${text(setUsers)} autocomplete="off" />
      <label for="path">Path</label>
      <input id="path" type="text" value=${path} onInput=${text(setPath)} autocomplete="off" spellcheck=${false} />
      <label for="headers">Headers <span class="quiet">name: value, one per line</span></label>
      <textarea id="headers" rows="3" spellcheck=${false} value=${lines} onInput=${text(setLines)}></textarea>
      ${wrong && html`<p class="problem" role="alert">${wrong}</p>`}
      <div class="row">
        <button type="submit" class="primary" disabled=${wrong !== undefined}>${on ? 'Change' : 'Start'}</button>
        <button type="button" disabled=${!on} onClick=${() => act(setTraffic({ ...report!, rate: 0 }))}>Stop</button>
        <span class="quiet">to ${gateway?.replace('http://', '')}</span>
      </div>
    </form>
    ${
      report &&
      html`
        <h3>${on ? `${rateWords(report.rate)} a second` : 'Stopped'}</h3>
        <dl class="counts">
          <div>
            <dt>sent</dt>
            <dd>${report.sent.toLocaleString('en')}</dd>
          </div>
          ${Object.entries(report.statuses).map(
            ([status, times]) =>
              html`<div key=${status} class=${Number(status) >= 500 || status === '0' ? 'bad' : ''}>
                <dt>${status === '0' ? 'no answer' : status}</dt>
                <dd>${times.toLocaleString('en')}</dd>
              </div>`,
          )}
          ${
            report.skipped > 0 &&
            html`<div class="bad">
              <dt>not sent: too many under way</dt>
              <dd>${report.skipped.toLocaleString('en')}</dd>
            </div>`
          }
        </dl>
      `
    }
  `
}

const scale = [1, 2, 5, 10, 20, 50, 100, 200]

function namesProblem(names: readonly string[]): string | undefined {
  const bad = names.find((name) => !/^[A-Za-z0-9._@-]{1,64}$/.test(name))
  return bad === undefined ? undefined : `${bad} is not a user name: use letters, digits, . _ @ and -`
}
