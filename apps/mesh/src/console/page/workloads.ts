/** The workloads and their pods: scale, restart, kill. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { kill, logs, restart, scale, type WorkloadStatus } from './api.ts'
import { html } from './html.ts'
import { useNow } from './now.ts'
import { ago, count } from './view/numbers.ts'

interface Props {
  workloads: readonly WorkloadStatus[]
  /** Whether they are the mesh's own, to start and to end. */
  startsPods: boolean
  /** The one that the address names. */
  opened: string | undefined
  act: (work: Promise<unknown>, done?: string) => void
}

type Pod = WorkloadStatus['pods'][number]

const mostReplicas = 20

export function Workloads({ workloads, startsPods, opened, act }: Props) {
  return html`
    <h2>Workloads</h2>
    ${!startsPods && html`<p class="quiet">The mesh routes to these and did not start them (<code>WORKLOADS</code>): scale, restart and end them where they run.</p>`}
    <ul class="workloads">
      ${workloads.map((each) => html`<${One} key=${each.name} workload=${each} startsPods=${startsPods} opened=${each.name === opened} act=${act} />`)}
    </ul>
  `
}

interface OneProps extends Pick<Props, 'startsPods' | 'act'> {
  workload: WorkloadStatus
  opened: boolean
}

function One({ workload, startsPods, opened, act }: OneProps) {
  const { name, serviceAccount, pods, ready } = workload
  const card = useRef<HTMLLIElement>(null)
  useEffect(() => {
    const tool = card.current?.closest('.tool')
    if (!opened || !tool) return
    // Where the panel scrolls by itself, the picture next to it does not move.
    if (tool.scrollHeight > tool.clientHeight) tool.scrollTop = card.current!.offsetTop - (tool as HTMLElement).offsetTop - 16
    else card.current!.scrollIntoView({ block: 'nearest' })
  }, [opened])
  return html`
    <li ref=${card} class=${opened ? 'opened' : ''} data-workload=${name}>
      <div class="row">
        <h3>${name}</h3>
        <span class=${ready < pods.length || ready === 0 ? 'bad' : 'quiet'}>${ready} of ${count(pods.length, 'pod')} ready</span>
      </div>
      ${startsPods && html`<${Controls} workload=${workload} act=${act} />`}
      <ul class="pods">
        ${pods.map((pod) => html`<${PodRow} key=${pod.name} pod=${pod} hasLogs=${startsPods} />`)}
      </ul>
      <p class="quiet">${serviceAccount}</p>
    </li>
  `
}

function Controls({ workload: { name, pods }, act }: { workload: WorkloadStatus; act: Props['act'] }) {
  const staying = pods.filter(({ phase }) => phase !== 'stopping' && phase !== 'stopped').length
  return html`
    <div class="row">
      <span class="stepper" role="group" aria-label=${`Replicas of ${name}`}>
        <button type="button" aria-label=${`One ${name} less`} disabled=${staying === 0} onClick=${() => act(scale(name, staying - 1))}>
          −
        </button>
        <span aria-live="polite">${staying}</span>
        <button
          type="button"
          aria-label=${`One ${name} more`}
          disabled=${staying >= mostReplicas}
          onClick=${() => act(scale(name, staying + 1))}
        >
          +
        </button>
      </span>
      <button
        type="button"
        aria-label=${`Restart ${name}`}
        disabled=${pods.length === 0}
        onClick=${() => act(restart(name), `${name}: new pods start, then the old ones go`)}
      >
        Restart
      </button>
      <button
        type="button"
        class="danger"
        aria-label=${`Kill ${name}`}
        disabled=${pods.length === 0}
        onClick=${() => act(kill(name), `${name} killed: it is started again`)}
      >
        Kill
      </button>
    </div>
  `
}

function PodRow({ pod: { name, phase, restarts, startedAt, lastDeath }, hasLogs }: { pod: Pod; hasLogs: boolean }) {
  const now = useNow(5000)
  const [lines, setLines] = useState<string[] | undefined>()
  return html`
    <li>
      <span class=${`phase ${phase}`}>${phase}</span>
      <span class="mono pod-name">${name}</span>
      <span class="quiet">
        ${startedAt > 0 && `for ${ago(Math.max(2000, now - startedAt))}`}${restarts > 0 && `, ${count(restarts, 'restart')}`}${lastDeath && `, died: ${lastDeath.how}`}
      </span>
      ${
        hasLogs &&
        html`<button
          type="button"
          class="link"
          aria-expanded=${lines !== undefined}
          aria-label=${`Logs of ${name}`}
          onClick=${() =>
            lines
              ? setLines(undefined)
              : void logs(name).then(
                  (answer) => setLines(answer.lines),
                  (error: Error) => setLines([error.message]),
                )}
        >
          Logs
        </button>`
      }
      ${lines && html`<pre tabindex="0" role="region" aria-label=${`Last lines of ${name}`}>${lines.slice(-40).join('\n') || 'It has written nothing.'}</pre>`}
    </li>
  `
}
