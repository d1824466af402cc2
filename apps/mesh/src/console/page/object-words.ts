/** What objects do, and what became of them, in words. */
import type { Outcome } from './api.ts'
import { html } from './html.ts'
import { words } from './view/words.ts'

/** `VirtualService reviews configured`, for all that changed. */
export const outcomeWords = ({ changes }: Pick<Outcome, 'changes'>) =>
  changes.map(({ kind, name, action }) => `${kind} ${name} ${action}`).join(', ') || 'Nothing in it to apply'

/** What an object does. The first line leads the others in, when it ends in a colon. */
export function Words({ of }: { of: Record<string, unknown> }) {
  const lines = words(of)
  const lead = lines[0]?.endsWith(':') ? lines[0] : undefined
  if (lines.length === 2 && lead) return html`<p class="words">${lead.slice(0, -1)} ${lines[1]}</p>`
  return html`
    ${lead && html`<p class="words">${lead}</p>`}
    <ul class=${`words${lead ? ' below' : ''}`}>
      ${lines.slice(lead ? 1 : 0).map((line) => html`<li>${line}</li>`)}
    </ul>
  `
}
