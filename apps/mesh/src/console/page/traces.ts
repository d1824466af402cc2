/** The last traces: a list, and one of them as a tree next to a waterfall. */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ZipkinSpan } from '../../tracing/span.ts'
import { lastTraces, oneTrace, type Status } from './api.ts'
import { html } from './html.ts'
import { ago, count, duration } from './view/numbers.ts'
import { b3Hops, traceView, type Row, type TraceView } from './view/trace-tree.ts'

interface Props {
  status: Status | undefined
  traceId: string | undefined
  /** Time of the last statistics: when to look again. */
  at: number | undefined
}

const listed = 25

export function Traces({ status, traceId, at }: Props) {
  if (status && !status.embeddedZipkin)
    return html`<h2>Traces</h2>
      <p>
        ${
          status.zipkin
            ? html`Traces go to
                <a href=${traceId ? `/zipkin/traces/${traceId}` : '/zipkin/'} target="_blank" rel="noreferrer">${status.zipkin}</a>.`
            : 'Tracing is off (OTEL_TRACES_EXPORTER=none).'
        }
      </p>`
  return traceId ? html`<${One} key=${traceId} traceId=${traceId} at=${at} />` : html`<${List} at=${at} />`
}

/** Asks again with every second `at`, and never while an answer is still under way. */
function useAsked<T>(at: number | undefined, wanted: boolean, ask: () => Promise<T>, take: (answer: T) => void, fail?: () => void) {
  const waiting = useRef(false)
  const turn = at === undefined ? 0 : Math.floor(at / 2000)
  useEffect(() => {
    if (!wanted || waiting.current) return
    waiting.current = true
    void ask()
      .then(take, fail)
      .finally(() => (waiting.current = false))
  }, [turn, wanted])
}

function List({ at }: { at: number | undefined }) {
  const [traces, setTraces] = useState<TraceView[] | undefined>()
  const [held, hold] = useState(false)
  useAsked(
    at,
    !held,
    () => lastTraces(listed),
    (all) => setTraces(all.map(traceView)),
  )
  const slowest = Math.max(1, ...(traces ?? []).map(({ ms }) => ms))
  return html`
    <div class="row spaced">
      <h2>Last traces</h2>
      <button type="button" onClick=${() => hold(!held)}>${held ? 'Follow' : 'Hold'}</button>
    </div>
    ${traces?.length === 0 && html`<p class="quiet">No request yet: open the page, or send traffic.</p>`}
    <ol class="traces">
      ${traces?.map(
        ({ traceId, title, ms, failed, status, rows, startedAt, services }) => html`
          <li key=${traceId}>
            <a href=${`#traces/${traceId}`} class=${failed ? 'failed' : ''}>
              <span class="title">${title}</span>
              <span class="status">${failed && status && Number(status) < 500 ? `${status}, errors below` : (status ?? '')}</span>
              <span class="ms">${duration(ms)}</span>
              <span class="meta quiet"
                >${[count(rows.length, 'span'), count(services.length, 'service'), ago(Math.max(0, (at ?? startedAt) - startedAt))].join(' · ')}</span
              >
              <svg class="spark" aria-hidden="true">
                <rect width="100%" height="4" rx="2" class="track" />
                <rect width=${`${Math.max(0.5, (100 * ms) / slowest)}%`} height="4" rx="2" class="filled" />
              </svg>
            </a>
          </li>
        `,
      )}
    </ol>
  `
}

function One({ traceId, at }: { traceId: string; at: number | undefined }) {
  const [spans, setSpans] = useState<ZipkinSpan[] | undefined>()
  const [missing, setMissing] = useState(false)
  const [opened, open] = useState('')
  useAsked(
    at,
    true,
    () => oneTrace(traceId),
    // A trace may still grow: its last spans come when its slowest part is done.
    (all) => setSpans((known) => (known?.length === all.length ? known : all)),
    () => setMissing(true),
  )
  const view = spans && traceView(spans)
  return html`
    <p><a href="#traces">All traces</a></p>
    ${missing && !view && html`<p class="warning">The mesh has no trace <code>${traceId}</code>: it was not sampled, is too old to be kept, or has not arrived yet.</p>`}
    ${
      view &&
      html`
        <div class="row spaced">
          <h2>${view.title}</h2>
          <span class=${view.failed ? 'bad' : ''}>${view.status ?? ''} · ${duration(view.ms)}</span>
        </div>
        <p class="quiet mono">${view.traceId}</p>
        <p class="legend"><span class="proxy">proxy</span> <span class="app">application</span> <span class="failed">failed</span></p>
        <ol class="waterfall" aria-label="Spans">
          ${view.rows.map((row) => html`<${Span} key=${row.span.id} row=${row} trace=${spans} opened=${opened === row.span.id} toggle=${() => open(opened === row.span.id ? '' : row.span.id)} />`)}
        </ol>
        ${
          view.rows.every(({ by }) => by === 'proxy') &&
          html`<p class="quiet">
            The proxies report these spans. With <code>OTEL_TRACES_EXPORTER=zipkin npm start</code> the services report their own too.
          </p>`
        }
      `
    }
  `
}

const plainName = (service: string) => (service === 'istio-ingressgateway' ? 'gateway' : service)

interface SpanProps {
  row: Row
  trace: readonly ZipkinSpan[]
  opened: boolean
  toggle: () => void
}

function Span({ row, trace, opened, toggle }: SpanProps) {
  const { depth, by, service, title, status, failed, start, width, ms, span } = row
  const kind = span.kind?.toLowerCase() ?? 'internal'
  const remote = span.kind === 'CLIENT' && span.remoteEndpoint?.serviceName
  return html`
    <li class=${`${by}${failed ? ' failed' : ''}`}>
      <button type="button" class="span" aria-expanded=${opened} onClick=${toggle}>
        <span class="who" style=${{ paddingInlineStart: `${Math.min(depth, 9) * 0.7}rem` }}>
          <span class="service">${remote ? `→ ${plainName(remote)}` : plainName(service)}</span><span class="quiet">${` ${kind}`}</span
          ><span class="hidden">${` ${by}, ${title}, ${status ?? ''} `}</span>
        </span>
        <span class="time">
          <span class="bar" style=${{ marginInlineStart: `${start * 100}%`, width: `max(3px, ${width * 100}%)` }}></span>
        </span>
        <span class="ms">${duration(ms)}</span>
      </button>
      ${opened && html`<${SpanDetail} row=${row} trace=${trace} />`}
    </li>
  `
}

function SpanDetail({ row: { span, title, status, at }, trace }: { row: Row; trace: readonly ZipkinSpan[] }) {
  return html`
    <div class="detail">
      <p><strong>${title}</strong> ${status ?? ''} <span class="quiet">begins at ${duration(at)}</span></p>
      ${b3Hops(span, trace).map(
        ({ from, to, headers }) => html`
          <h3>${from} → ${to}</h3>
          <dl class="headers">
            ${headers.map(
              ([name, value]) =>
                html`<div key=${name}>
                  <dt>${name}</dt>
                  <dd>${value}</dd>
                </div>`,
            )}
            ${
              span.tags?.['guid:x-request-id'] &&
              html`<div>
                <dt>x-request-id</dt>
                <dd>${span.tags['guid:x-request-id']}</dd>
              </div>`
            }
          </dl>
        `,
      )}
      <details>
        <summary>Tags</summary>
        <dl class="headers">
          ${Object.entries(span.tags ?? {}).map(
            ([name, value]) =>
              value !== '' &&
              html`<div key=${name}>
                <dt>${name}</dt>
                <dd>${value}</dd>
              </div>`,
          )}
        </dl>
      </details>
    </div>
  `
}
