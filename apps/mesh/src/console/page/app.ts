/** The whole console: the mesh on one side, what can be done with it on the other. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { Editor, type Draft } from './editor.ts'
import { useHash } from './hash.ts'
import { Header } from './header.ts'
import { html } from './html.ts'
import { useLive } from './live.ts'
import { PageFrame } from './page-frame.ts'
import { Rules } from './rules.ts'
import type { Said } from './said.ts'
import { Tabs } from './tabs.ts'
import { Topology } from './topology.ts'
import { Traces } from './traces.ts'
import { TrafficForm } from './traffic.ts'
import { Workloads } from './workloads.ts'

const tabs = [
  ['rules', 'Rules'],
  ['editor', 'Editor'],
  ['traces', 'Traces'],
  ['traffic', 'Traffic'],
  ['workloads', 'Workloads'],
] as const

const empty: Draft = { file: 'rule.yaml', text: '' }

export function App() {
  const live = useLive()
  const [place = '', detail] = useHash()
  const tab = tabs.some(([name]) => name === place) ? place : 'rules'
  const [draft, setDraft] = useState(empty)
  const [said, setSaid] = useState<Said | undefined>()
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const say = useCallback((next: Said) => {
    clearTimeout(timer.current)
    setSaid(next)
    timer.current = setTimeout(() => setSaid(undefined), next.undo ? 12_000 : 6000)
  }, [])
  /** Runs what the user asked for, and says what came of it. */
  const act = useCallback(
    (work: Promise<unknown>, done?: string) =>
      void work.then(
        () => done && say({ text: done }),
        (error: Error) => say({ text: error.message, bad: true }),
      ),
    [say],
  )
  const edit = useCallback((next: Draft) => {
    setDraft(next)
    location.hash = 'editor'
  }, [])
  useEffect(() => {
    document.title = `${live.connection === 'lost' ? '○ ' : ''}Bookinfo mesh console`
  }, [live.connection])

  const { status, stats, rules } = live
  return html`
    <${Header} live=${live} act=${act} />
    <main class="main">
      <div class="stage">
        <${Topology} workloads=${status?.workloads ?? []} edges=${stats?.edges ?? []} />
        <${PageFrame}
          gateway=${status?.gateway}
          rules=${rules}
          up=${status?.workloads.some(({ app, ready }) => app === 'productpage' && ready > 0) ?? false}
        />
      </div>
      <section class="panel" aria-label="Tools">
        <${Tabs} tabs=${tabs} selected=${tab}>
          ${tab === 'rules' && html`<${Rules} rules=${rules} edit=${edit} say=${say} />`}
          ${tab === 'editor' && html`<${Editor} draft=${draft} change=${setDraft} rules=${rules} say=${say} />`}
          ${tab === 'traces' && html`<${Traces} status=${status} traceId=${detail} at=${stats?.at} />`}
          ${tab === 'traffic' && html`<${TrafficForm} report=${stats?.traffic} gateway=${status?.gateway} act=${act} />`}
          ${tab === 'workloads' && html`<${Workloads} workloads=${status?.workloads ?? []} startsPods=${status?.startsPods ?? true} opened=${detail} act=${act} />`}
        <//>
      </section>
    </main>
    <div class="said" role="status">
      ${
        said &&
        html`<p class=${said.bad ? 'bad' : ''}>
          <span>${said.text}</span>
          ${said.undo && html`<button type="button" onClick=${() => (said.undo!(), setSaid(undefined))}>Undo</button>`}
        </p>`
      }
    </div>
  `
}
