/** The bar at the top: whether the mesh lives, what enters it, and the switch of the traffic. */
import { setTraffic } from './api.ts'
import { html } from './html.ts'
import type { Live } from './live.ts'
import { useNow } from './now.ts'
import { lastPlan } from './traffic-plan.ts'
import { entering } from './view/graph.ts'
import { ago, duration, percent, rate } from './view/numbers.ts'

interface Props {
  live: Live
  act: (work: Promise<unknown>, done?: string) => void
}

export function Header({ live, act }: Props) {
  const { connection, lostAt, stats } = live
  const now = entering(stats?.edges ?? [])
  const traffic = stats?.traffic
  const on = (traffic?.rate ?? 0) > 0
  const plan = on ? traffic! : lastPlan()
  return html`
    <header class="bar">
      <h1><img src="/console/icon.svg" alt="" width="28" height="28" /> Bookinfo <span>mesh console</span></h1>
      <p class=${`pulse ${connection}`}>${connection === 'live' ? 'live' : connection === 'lost' ? 'lost' : 'connecting'}</p>
      <dl class="numbers" aria-label="What enters the mesh">
        <div>
          <dt>requests</dt>
          <dd>${rate(now.rate)}<small>/s</small></dd>
        </div>
        <div class=${now.errors > 0 ? 'bad' : ''}>
          <dt>errors</dt>
          <dd>${now.rate > 0 ? percent(now.errors) : '–'}</dd>
        </div>
        <div>
          <dt>p50</dt>
          <dd>${now.rate > 0 ? duration(now.p50) : '–'}</dd>
        </div>
        <div>
          <dt>p99</dt>
          <dd>${now.rate > 0 ? duration(now.p99) : '–'}</dd>
        </div>
      </dl>
      <button
        type="button"
        class=${on ? '' : 'primary'}
        disabled=${connection !== 'live'}
        onClick=${() => act(setTraffic({ ...plan, rate: on ? 0 : plan.rate }))}
      >
        ${on ? 'Stop traffic' : `Send ${rate(plan.rate)} requests/s`}
      </button>
    </header>
    ${connection === 'lost' && html`<${Lost} at=${lostAt} />`}
  `
}

function Lost({ at }: { at: number }) {
  const now = useNow(1000)
  return html`
    <p class="lost" role="alert">
      <strong>The mesh does not answer</strong> since ${new Date(at).toLocaleTimeString()}${now - at > 2000 ? ` (${ago(now - at)})` : ''}.
      What you see is how it was. Start it with <code>npm start</code>: this page goes on by itself.
    </p>
  `
}
