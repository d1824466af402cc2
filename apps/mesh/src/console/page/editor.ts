/** Edits rules: checked while they are typed, described in words before they are applied. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { ApiError, applyText, checkText, deleteText, type Applied, type Outcome } from './api.ts'
import { html } from './html.ts'
import { outcomeWords, Words } from './object-words.ts'
import type { Said } from './said.ts'
import { lineOf } from './view/yaml-line.ts'

/** What stands in the editor. `file` is what messages call it. */
export interface Draft {
  file: string
  text: string
}

interface Props {
  draft: Draft
  change: (draft: Draft) => void
  rules: Applied | undefined
  say: (said: Said) => void
}

type Verdict = { outcome: Outcome } | { error: ApiError }

const pauseMs = 200

const example = `# jason sees reviews v2, all others v1.
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - match:
        - headers:
            end-user:
              exact: jason
      route:
        - destination:
            host: reviews
            subset: v2
    - route:
        - destination:
            host: reviews
            subset: v1
`

export function Editor({ draft, change, rules, say }: Props) {
  const { file, text } = draft
  const verdict = useVerdict(draft, rules)
  const area = useRef<HTMLTextAreaElement>(null)
  const outcome = verdict && 'outcome' in verdict ? verdict.outcome : undefined
  const error = verdict && 'error' in verdict ? verdict.error : undefined
  const usable = outcome !== undefined && outcome.changes.length > 0
  const run = (work: Promise<Outcome>) =>
    void work.then(
      (outcomeNow) => say({ text: outcomeWords(outcomeNow) }),
      (failed: Error) => say({ text: failed.message, bad: true }),
    )
  const goTo = (where: string) => {
    const line = lineOf(text, where)
    const lines = text.split('\n')
    const start = lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0)
    area.current?.focus()
    area.current?.setSelectionRange(start, start + (lines[line]?.length ?? 0))
    area.current?.scrollTo({ top: Math.max(0, (line - 4) * parseFloat(getComputedStyle(area.current).lineHeight)) })
  }
  return html`
    <div class="row spaced">
      <h2><label for="manifest">${file}</label></h2>
      <span class="actions">
        ${text === '' && html`<button type="button" class="link" onClick=${() => change({ file: 'rule.yaml', text: example })}>Begin with an example</button>`}
        ${text !== '' && html`<button type="button" class="link" onClick=${() => change({ file: 'rule.yaml', text: '' })}>Clear</button>`}
      </span>
    </div>
    <textarea
      id="manifest"
      ref=${area}
      class=${error ? 'wrong' : ''}
      rows="18"
      spellcheck=${false}
      autocapitalize="off"
      autocomplete="off"
      wrap="off"
      placeholder="YAML of any rule: VirtualService, DestinationRule, HTTPRoute, AuthorizationPolicy, …"
      aria-describedby="verdict"
      value=${text}
      onInput=${(event: Event) => change({ file, text: (event.target as HTMLTextAreaElement).value })}
      onKeyDown=${(event: KeyboardEvent) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && usable) run(applyText(file, text))
      }}
    ></textarea>
    <div class="row">
      <button type="button" class="primary" disabled=${!usable} onClick=${() => run(applyText(file, text))}>Apply</button>
      <button type="button" disabled=${!usable} onClick=${() => run(deleteText(file, text))}>Delete these objects</button>
      <span class="quiet">Ctrl+Enter applies</span>
    </div>
    <div id="verdict" class="verdict" aria-live="polite">
      ${error && html`<${Problems} error=${error} goTo=${goTo} />`}
      ${outcome && text.trim() !== '' && html`<${Consequences} outcome=${outcome} />`}
    </div>
  `
}

/** What the mesh would say to it now. */
function useVerdict({ file, text }: Draft, rules: Applied | undefined): Verdict | undefined {
  const [verdict, setVerdict] = useState<Verdict | undefined>()
  useEffect(() => {
    const stop = new AbortController()
    const timer = setTimeout(() => {
      checkText(file, text, stop.signal).then(
        (outcome) => setVerdict({ outcome }),
        (error: Error) => error instanceof ApiError && setVerdict({ error }),
      )
    }, pauseMs)
    return () => {
      clearTimeout(timer)
      stop.abort()
    }
  }, [file, text, rules])
  return verdict
}

function Problems({ error, goTo }: { error: ApiError; goTo: (where: string) => void }) {
  if (error.problems.length === 0) return html`<p class="problem">${error.message}</p>`
  return html`
    <ul class="problems">
      ${error.problems.map(({ where, message }) => {
        const field = where.slice(where.lastIndexOf(' ') + 1)
        const object = where.slice(0, Math.max(0, where.lastIndexOf(' ')))
        return html`
          <li class="problem" key=${`${where} ${message}`}>
            <button type="button" class="link" onClick=${() => goTo(where)}>${field}</button>
            ${' '}${message} ${object && html`<span class="quiet">${object}</span>`}
          </li>
        `
      })}
    </ul>
  `
}

const wouldBe: Readonly<Record<string, string>> = {
  created: 'will be created',
  configured: 'will replace the one in force',
  unchanged: 'is in force as it stands',
}

function Consequences({ outcome: { changes, notices, warnings } }: { outcome: Outcome }) {
  const named = changes.map(({ kind, namespace, name }) => ` ${kind} ${namespace}/${name} `)
  const own = warnings.filter(({ where }) => named.some((name) => ` ${where} `.includes(name)))
  return html`
    ${changes.length === 0 && notices.length === 0 && html`<p class="quiet">Nothing here yet.</p>`}
    <ul class="objects">
      ${changes.map(
        ({ kind, namespace, name, action, raw }) => html`
          <li key=${`${kind} ${namespace}/${name}`}>
            <h3><span class="kind">${kind}</span> ${name} <span class="quiet">${wouldBe[action] ?? action}</span></h3>
            <${Words} of=${raw} />
          </li>
        `,
      )}
    </ul>
    ${own.map(({ where, message }) => html`<p class="warning">${where.split(' ').at(-1)}: ${message}</p>`)}
    ${notices.map(({ where, message }) => html`<p class="quiet">${where}: ${message}</p>`)}
  `
}
