/** The live picture of the mesh, and the same as a table. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Edge } from '../../control/stats.ts'
import type { WorkloadStatus } from './api.ts'
import { startFlow } from './flow.ts'
import { html } from './html.ts'
import { gatewayName, links, shares, type Link } from './view/graph.ts'
import { curve, layout, lineWidth, type Box, type Layout } from './view/layout.ts'
import { bytes, count, duration, percent, rate } from './view/numbers.ts'

interface Props {
  workloads: readonly WorkloadStatus[]
  edges: readonly Edge[]
}

export function Topology({ workloads, edges }: Props) {
  const vertical = useNarrow()
  const names = workloads.map(({ name }) => name).join()
  const plan = useMemo(() => layout(workloads, vertical), [names, vertical])
  const drawn = links(workloads, edges)
  const share = shares(workloads, edges)
  const svg = useRef<SVGSVGElement>(null)
  useEffect(() => (svg.current ? startFlow(svg.current) : undefined), [plan])
  const { width, height, nodes, groups } = plan
  const boxOf = (name: string) => nodes.get(name) ?? groups.get(name)
  if (workloads.length === 0) return html`<section class="card topology"><p class="quiet">Waiting for the mesh…</p></section>`
  return html`
    <section class="card topology" aria-label="Topology">
      <svg ref=${svg} viewBox=${`0 0 ${width} ${height}`} class=${vertical ? 'vertical' : ''} role="group" aria-label="Who calls whom">
        ${[...groups].map(([app, box]) => html`<${Group} key=${app} box=${box} />`)}
        ${drawn.map((link) => {
          const [from, to] = [boxOf(link.from), boxOf(link.to)]
          return (
            from && to && html`<${Line} key=${link.id} link=${link} from=${from} to=${to} plan=${plan} toGroup=${!nodes.has(link.to)} />`
          )
        })}
        <g class="dots" aria-hidden="true"></g>
        ${[...groups].map(([app, { x, y }]) => html`<text key=${app} class="group-name" x=${x + 12} y=${y + (vertical ? 17 : 20)}>${app}</text>`)}
        <${GatewayNode} box=${nodes.get(gatewayName)!} />
        ${workloads.map((each) => html`<${Node} key=${each.name} workload=${each} box=${nodes.get(each.name)!} share=${share.get(each.name)} versions=${groups.has(each.app)} />`)}
        ${drawn.map((link) => {
          const [from, to] = [boxOf(link.from), boxOf(link.to)]
          return (
            from &&
            to &&
            (link.rate > 0 || link.connections) &&
            html`<${Label} key=${link.id} link=${link} at=${curve(from, to, plan).label} vertical=${vertical} />`
          )
        })}
      </svg>
      <p class="quiet">On each line: requests per second, and ${vertical ? 'p50' : 'p50 · p99'} of the last 10 s.</p>
      <${EdgeTable} links=${drawn} />
    </section>
  `
}

const Group = ({ box: { x, y, width, height } }: { box: Box }) =>
  html`<rect class="group" x=${x} y=${y} width=${width} height=${height} rx="14" />`

interface LineProps {
  link: Link
  from: Box
  to: Box
  plan: Layout
  toGroup: boolean
}

const Line = ({ link, from, to, plan, toGroup }: LineProps) => html`
  <path
    class=${`line${link.rate > 0 ? ' busy' : ''}${link.errors > 0 ? ' failing' : ''}${toGroup ? ' unserved' : ''}`}
    data-link=${link.id}
    d=${curve(from, to, plan).path}
    stroke-width=${lineWidth(link.rate)}
  />
`

function Label({ link, at: { x, y }, vertical }: { link: Link; at: { x: number; y: number }; vertical: boolean }) {
  const failing = link.errors > 0
  const errors = html`<tspan class="errors">${percent(link.errors)} err</tspan>`
  const width = vertical ? 54 : failing ? 94 : 88
  return html`
    <g class="label" aria-hidden="true">
      <rect x=${x - width / 2} y=${y - 17} width=${width} height="34" rx="6" />
      <text x=${x} y=${y - 3}
        ><tspan class="rate">${rate(link.rate)}/s</tspan>${failing && !vertical && html`<tspan dx="5"> </tspan>${errors}`}</text
      >
      <text class="small" x=${x} y=${y + 11}>
        ${link.connections ? `${link.connections.open} open${vertical ? '' : ` · ${bytes(link.connections.bytesPerSecond)}/s`}` : vertical ? (failing ? errors : duration(link.p50)) : `${duration(link.p50)} · ${duration(link.p99)}`}
      </text>
    </g>
  `
}

const GatewayNode = ({ box: { x, y, width, height } }: { box: Box }) => html`
  <g class="node gateway" role="img" aria-label="The gateway: the way into the mesh">
    <rect x=${x} y=${y} width=${width} height=${height} rx="12" />
    <text class="name" x=${x + 12} y=${y + height / 2 - 3}>gateway</text>
    <text class="small" x=${x + 12} y=${y + height / 2 + 14}>ingress</text>
  </g>
`

interface NodeProps {
  workload: WorkloadStatus
  box: Box
  share: number | undefined
  versions: boolean
}

function Node({ workload, box: { x, y, width, height }, share, versions }: NodeProps) {
  const { name, app, version, pods, ready } = workload
  const state = pods.length === 0 ? 'none' : ready === 0 ? 'down' : ready < pods.length ? 'partly' : 'up'
  const none = pods.length === 0
  const shown = [...(versions ? [version, share === undefined ? '' : percent(share)] : [app, version]), none ? 'no pods' : ''].filter(
    Boolean,
  )
  // Begins with what one sees, so that it can be asked for by voice.
  const label = `${shown.join(' ')}${versions ? ` of ${app}` : ''}${none ? '' : `: ${ready} of ${count(pods.length, 'pod')} ready`}`
  const pad = width < 100 ? 8 : 12
  const dots = pods.slice(0, Math.floor((width - 2 * pad) / 11))
  return html`
    <a href=${`#workloads/${name}`} aria-label=${label} class=${`node ${state}`}>
      <rect x=${x} y=${y} width=${width} height=${height} rx="12" />
      <text class="name" x=${x + pad} y=${y + 23}>${versions ? version : app}</text>${' '}
      ${
        versions
          ? html`<text class="share" x=${x + width - pad} y=${y + 23}>${share === undefined ? '' : percent(share)}</text>`
          : width > 70 && html`<text class="small end" x=${x + width - pad} y=${y + 44}>${version}</text>`
      }
      ${dots.map(
        ({ name: pod, phase }, i) => html`<circle key=${pod} class=${`pod ${phase}`} cx=${x + pad + 4 + i * 11} cy=${y + 40} r="4" />`,
      )}
      ${none && html`<text class="small" x=${x + pad} y=${y + 44}>no pods</text>`}
      ${
        versions &&
        html`
          <rect class="track" x=${x + pad} y=${y + height - 11} width=${width - 2 * pad} height="3" rx="1.5" />
          <rect class="filled" x=${x + pad} y=${y + height - 11} width=${(width - 2 * pad) * (share ?? 0)} height="3" rx="1.5" />
        `
      }
    </a>
  `
}

const plainName = (name: string) => (name === gatewayName ? 'gateway' : name)

function EdgeTable({ links: all }: { links: readonly Link[] }) {
  const passed = all.some(({ connections }) => connections)
  return html`
    <details class="edges">
      <summary>The same as a table</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Edges of the mesh">
        <table>
          <thead>
            <tr>
              <th scope="col">from</th>
              <th scope="col">to</th>
              <th scope="col">protocol</th>
              <th scope="col">per second</th>
              <th scope="col">errors</th>
              <th scope="col">p50</th>
              <th scope="col">p99</th>
              ${
                passed &&
                html`<th scope="col">open connections</th>
                  <th scope="col">bytes per second</th>`
              }
            </tr>
          </thead>
          <tbody>
            ${all.map(
              ({ id, from, to, rate: perSecond, errors, p50, p99, protocol, connections }) => html`
                <tr key=${id} data-edge=${id}>
                  <td>${plainName(from)}</td>
                  <td>${to}</td>
                  <td>${protocol || '–'}</td>
                  <td>${rate(perSecond)}</td>
                  <td class=${errors > 0 ? 'bad' : ''}>${perSecond > 0 ? percent(errors) : '–'}</td>
                  <td>${perSecond > 0 ? duration(p50) : '–'}</td>
                  <td>${perSecond > 0 ? duration(p99) : '–'}</td>
                  ${
                    passed &&
                    html`<td>${connections ? connections.open : '–'}</td>
                      <td>${connections ? bytes(connections.bytesPerSecond) : '–'}</td>`
                  }
                </tr>
              `,
            )}
          </tbody>
        </table>
      </div>
    </details>
  `
}

function useNarrow(): boolean {
  const query = '(max-width: 42rem)'
  const [narrow, setNarrow] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const media = matchMedia(query)
    const look = () => setNarrow(media.matches)
    media.addEventListener('change', look)
    return () => media.removeEventListener('change', look)
  }, [])
  return narrow
}
