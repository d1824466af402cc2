/** Tabs, by mouse and by arrow keys. Which one is selected stands in the address. */
import type { ComponentChildren } from 'preact'
import { html } from './html.ts'

interface Props {
  tabs: readonly (readonly [name: string, label: string])[]
  selected: string
  children?: ComponentChildren
}

export function Tabs({ tabs, selected, children }: Props) {
  const go = (event: KeyboardEvent) => {
    const index = tabs.findIndex(([name]) => name === selected)
    const last = tabs.length - 1
    const to = { ArrowRight: index === last ? 0 : index + 1, ArrowLeft: index === 0 ? last : index - 1, Home: 0, End: last }[event.key]
    if (to === undefined) return
    event.preventDefault()
    const [name] = tabs[to]!
    location.hash = name
    document.querySelector<HTMLElement>(`#tab-${name}`)?.focus()
  }
  return html`
    <div class="tabs" role="tablist" aria-label="Tools" onKeyDown=${go}>
      ${tabs.map(
        ([name, label]) => html`
          <a
            key=${name}
            id=${`tab-${name}`}
            role="tab"
            href=${`#${name}`}
            aria-selected=${name === selected}
            aria-controls="tool"
            tabindex=${name === selected ? 0 : -1}
            >${label}</a
          >
        `,
      )}
    </div>
    <div id="tool" class="tool" role="tabpanel" aria-labelledby=${`tab-${selected}`}>${children}</div>
  `
}
