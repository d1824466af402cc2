/** The rules in force, and the ready-made ones to switch on and off. */
import { useEffect, useState } from 'preact/hooks'
import { applyText, deleteObject, deleteText, readyMade, type Applied, type AppliedObject, type ReadyMade } from './api.ts'
import type { Draft } from './editor.ts'
import { html } from './html.ts'
import { outcomeWords, Words } from './object-words.ts'
import type { Said } from './said.ts'
import { count } from './view/numbers.ts'
import { statusWords } from './view/status-words.ts'
import { toYaml } from './view/to-yaml.ts'

interface Props {
  rules: Applied | undefined
  edit: (draft: Draft) => void
  say: (said: Said) => void
}

export function Rules({ rules, edit, say }: Props) {
  const library = useLibrary(rules)
  return html`
    <${InForce} rules=${rules} library=${library} edit=${edit} say=${say} />
    <${Library} library=${library} edit=${edit} say=${say} />
  `
}

/** The ready-made files; reloaded when rules change, because each shows whether it is applied. */
function useLibrary(rules: Applied | undefined): ReadyMade[] {
  const [files, setFiles] = useState<ReadyMade[]>([])
  useEffect(() => {
    let late = false
    readyMade().then(
      (all) => late || setFiles(all),
      () => undefined,
    )
    return () => void (late = true)
  }, [rules])
  return files
}

interface InForceProps extends Props {
  library: readonly ReadyMade[]
}

function InForce({ rules, edit, say }: InForceProps) {
  const objects = rules?.objects ?? []
  const warnings = rules?.warnings ?? []
  const shown = new Set(objects.flatMap((object) => object.warnings.map(({ where }) => where)))
  const others = warnings.filter(({ where }) => !shown.has(where))
  const remove = (object: AppliedObject) =>
    void deleteObject(object).then(
      (outcome) =>
        say({
          text: outcomeWords(outcome),
          undo: () => void applyText('undo.yaml', toYaml(object.raw)).then((again) => say({ text: outcomeWords(again) })),
        }),
      (error: Error) => say({ text: error.message, bad: true }),
    )
  return html`
    <h2>In force</h2>
    ${others.map(({ where, message }) => html`<p class="warning">${where}: ${message}</p>`)}
    ${objects.length === 0 && html`<p class="quiet">No rule is applied: the gateway has no route, and calls inside reach every version in turn.</p>`}
    <ul class="objects">
      ${objects.map(
        (object) => html`
          <li key=${`${object.resource} ${object.namespace} ${object.name}`} data-object=${`${object.kind} ${object.name}`}>
            <div class="row">
              <h3>
                <span class="kind">${object.kind}</span>
                ${object.name}${!['', 'default'].includes(object.namespace) && html`<span class="quiet"> in ${object.namespace}</span>`}
              </h3>
              <span class="actions">
                <button
                  type="button"
                  class="link"
                  aria-label=${`Edit ${object.kind} ${object.name}`}
                  onClick=${() => edit({ file: `${object.name}.yaml`, text: toYaml(object.raw) })}
                >
                  Edit
                </button>
                <button type="button" class="link" aria-label=${`Delete ${object.kind} ${object.name}`} onClick=${() => remove(object)}>
                  Delete
                </button>
              </span>
            </div>
            <${Words} of=${object.raw} />
            ${statusWords(object.status).map(({ text, good }) => html`<p class=${`status ${good ? 'good' : 'bad'}`} key=${text}>${text}</p>`)}
            ${object.warnings.map((warning) => html`<${Warning} key=${warning.where + warning.message} of=${warning} />`)}
          </li>
        `,
      )}
    </ul>
  `
}

/** The place in the object, then what is wrong with it. */
function Warning({ of: { where, message } }: { of: Applied['warnings'][number] }) {
  const place = where
    .split(' ')
    .slice(3)
    .join(' ')
    .replace(/^spec\./, '')
  return html`<p class="warning">${place && html`<code>${place}</code> `}${message}</p>`
}

const groups: readonly (readonly [folder: string, title: string])[] = [
  ['networking/', 'Istio'],
  ['gateway-api/', 'Gateway API'],
  ['security/', 'Security'],
]

function Library({ library, edit, say }: Omit<InForceProps, 'rules'>) {
  const [filter, setFilter] = useState('')
  const wanted = filter.trim().toLowerCase()
  const files = library.filter(({ path, summary }) => `${path} ${summary}`.toLowerCase().includes(wanted))
  return html`
    <div class="row spaced">
      <h2>Ready-made</h2>
      <input
        type="search"
        placeholder="Filter"
        aria-label="Filter the ready-made rules"
        value=${filter}
        onInput=${(event: Event) => setFilter((event.target as HTMLInputElement).value)}
      />
    </div>
    <p class="quiet" role="status">
      ${wanted ? `${count(files.length, 'file')} of ${library.length}` : 'The files below k8s/, as a cluster takes them.'}
    </p>
    ${groups.map(([folder, title]) => {
      const own = files.filter(({ path }) => path.startsWith(folder))
      return (
        own.length > 0 &&
        html`
          <h3 class="over">${title} <span class="quiet">k8s/${folder}</span></h3>
          <ul class="library">
            ${own.map((file) => html`<${Ready} key=${file.path} file=${file} folder=${folder} edit=${edit} say=${say} />`)}
          </ul>
        `
      )
    })}
  `
}

interface ReadyProps {
  file: ReadyMade
  folder: string
  edit: (draft: Draft) => void
  say: (said: Said) => void
}

function Ready({ file, folder, edit, say }: ReadyProps) {
  const { path, summary, text, applied, problem, objects } = file
  const [busy, setBusy] = useState(false)
  const usable = problem === null && objects.length > 0
  const toggle = () => {
    setBusy(true)
    void (applied ? deleteText(path, text) : applyText(path, text))
      .then(
        (outcome) => say({ text: outcomeWords(outcome) }),
        (error: Error) => say({ text: error.message, bad: true }),
      )
      .finally(() => setBusy(false))
  }
  const name = path.slice(folder.length)
  return html`
    <li data-file=${path}>
      <label class="switch">
        <input
          type="checkbox"
          role="switch"
          checked=${applied}
          disabled=${!usable || busy}
          onClick=${(event: Event) => (event.preventDefault(), toggle())}
        />
        <span>
          ${summary}
          <span class="file">${name}</span>
          ${problem !== null && html`<span class="warning">${problem.split('\n')[0]}</span>`}
          ${problem === null && objects.length === 0 && html`<span class="quiet">Nothing in it for the local mesh.</span>`}
        </span>
      </label>
      <button type="button" class="link" aria-label=${`Open ${name} in the editor`} onClick=${() => edit({ file: name, text })}>
        Open
      </button>
    </li>
  `
}
