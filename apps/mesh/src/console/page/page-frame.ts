/** The page itself, as the gateway serves it, in a frame that may run nothing. */
import { useEffect, useState } from 'preact/hooks'
import type { Applied } from './api.ts'
import { html } from './html.ts'

/** The page's address under the name that the console has, so that its sign-in cookie is the frame's own. */
const addressOf = (gateway: string) =>
  `http://${location.hostname === '127.0.0.1' ? '127.0.0.1' : 'localhost'}:${new URL(gateway).port}/productpage`

interface Props {
  gateway: string | undefined
  rules: Applied | undefined
  /** Whether a pod of productpage can answer. */
  up: boolean
}

export function PageFrame({ gateway, rules, up }: Props) {
  const [times, setTimes] = useState(0)
  const [open, setOpen] = useState(() => matchMedia('(min-width: 60rem)').matches)
  useEffect(() => {
    if (!rules || !up) return undefined
    // Reloads the page when rules have changed and no further change follows.
    const timer = setTimeout(() => setTimes((now) => now + 1), 300)
    return () => clearTimeout(timer)
  }, [rules, up])
  if (!gateway) return null
  const url = addressOf(gateway)
  return html`
    <details class="card page" open=${open} onToggle=${(event: Event) => setOpen((event.currentTarget as HTMLDetailsElement).open)}>
      <summary>
        <h2>The page</h2>
        <span class="quiet">${url.replace('http://', '')}</span>
      </summary>
      <p class="row">
        <button type="button" onClick=${() => setTimes((now) => now + 1)}>Reload</button>
        <a href=${url} target="_blank" rel="noreferrer">Open in a tab</a>
        <span class="quiet">reloads when rules change</span>
      </p>
      ${open && times > 0 && html`<iframe key=${times} title="The product page" src=${url} sandbox="allow-forms allow-same-origin" loading="lazy"></iframe>`}
    </details>
  `
}
