/** Where everything of the topology stands: from left to right where there is room, from top to bottom on a phone. Units are CSS pixels. */
import { gatewayName, type DrawnWorkload } from './graph.ts'

export interface Box {
  x: number
  y: number
  width: number
  height: number
}

export interface Layout {
  width: number
  height: number
  vertical: boolean
  /** By workload or gateway. */
  nodes: ReadonlyMap<string, Box>
  /** Frames around the versions of an app, by app. */
  groups: ReadonlyMap<string, Box>
}

const columns: Readonly<Record<string, number>> = { [gatewayName]: 0, productpage: 1, details: 2, reviews: 2, ratings: 3 }
const order = ['details', 'reviews', 'ratings']

export function layout(workloads: readonly DrawnWorkload[], vertical: boolean): Layout {
  const nodes = new Map<string, Box>()
  const groups = new Map<string, Box>()
  const columnOf = (app: string) => columns[app] ?? 2
  const stacks = [0, 1, 2, 3].map((column) => {
    if (column === 0) return [[{ name: gatewayName, app: gatewayName }]]
    const apps = [...new Set(workloads.map(({ app }) => app))].filter((app) => columnOf(app) === column)
    return apps
      .toSorted((a, b) => order.indexOf(a) - order.indexOf(b))
      .map((app) => workloads.filter((each) => each.app === app).toSorted((a, b) => a.name.localeCompare(b.name)))
  })
  const place = vertical ? placeDown : placeAcross
  return place(stacks, nodes, groups)
}

type Stacks = readonly (readonly (readonly DrawnWorkload[])[])[]

function placeAcross(stacks: Stacks, nodes: Map<string, Box>, groups: Map<string, Box>): Layout {
  const xs = [2, 202, 522, 812]
  const widths = [92, 136, 136, 110]
  const height = 64
  const gap = 22
  const frame = { side: 14, top: 30, bottom: 14 }
  const total = Math.max(
    ...stacks.map((apps) =>
      apps.reduce((sum, all) => sum + all.length * (height + gap) + (all.length > 1 ? frame.top + frame.bottom : 0), -gap),
    ),
  )
  const page = total + 24
  for (const [column, apps] of stacks.entries()) {
    const tall = apps.reduce((sum, all) => sum + all.length * (height + gap) + (all.length > 1 ? frame.top + frame.bottom : 0), -gap)
    let y = 12 + (total - tall) / 2
    for (const all of apps) {
      const framed = all.length > 1
      const top = y
      if (framed) y += frame.top
      for (const { name } of all) {
        nodes.set(name, { x: xs[column]!, y, width: widths[column]!, height })
        y += height + gap
      }
      if (framed) {
        y += frame.bottom
        groups.set(all[0]!.app, { x: xs[column]! - frame.side, y: top, width: widths[column]! + 2 * frame.side, height: y - top - gap })
      }
    }
  }
  return { width: 924, height: page, vertical: false, nodes, groups }
}

function placeDown(stacks: Stacks, nodes: Map<string, Box>, groups: Map<string, Box>): Layout {
  const width = 350
  const height = 58
  const ys = [6, 116, 254, 410]
  const gap = 6
  const groupGap = 14
  for (const [row, apps] of stacks.entries()) {
    const cells = apps.reduce((sum, all) => sum + all.length, 0)
    const each = Math.min(132, (width - 12 - (cells - 1) * gap - (apps.length - 1) * groupGap) / cells)
    let x = (width - (cells * (each + gap) - gap + (apps.length - 1) * groupGap)) / 2
    for (const all of apps) {
      const left = x
      for (const { name } of all) {
        nodes.set(name, { x, y: ys[row]!, width: each, height })
        x += each + gap
      }
      if (all.length > 1) groups.set(all[0]!.app, { x: left - 6, y: ys[row]! - 24, width: x - left - gap + 12, height: height + 30 })
      x += groupGap
    }
  }
  return { width, height: 476, vertical: true, nodes, groups }
}

export interface Curve {
  /** SVG path data. */
  path: string
  /** Where its words stand. */
  label: { x: number; y: number }
}

/** The line of a link between two boxes. */
export function curve(from: Box, to: Box, { vertical, height, width }: Layout): Curve {
  return vertical ? curveDown(from, to, width) : curveAcross(from, to, height)
}

function curveAcross(from: Box, to: Box, height: number): Curve {
  const [x1, y1] = [from.x + from.width, from.y + from.height / 2]
  const [x2, y2] = [to.x, to.y + to.height / 2]
  // Past what stands between: below everything.
  if (x2 - x1 > 200 && to.x - from.x > 460) {
    const [a, b] = [from.x + from.width / 2, to.x + to.width / 2]
    const low = height + 24
    return {
      path: `M${a} ${from.y + from.height}C${a} ${low} ${b} ${low} ${b} ${to.y + to.height}`,
      label: { x: b, y: to.y + to.height + 34 },
    }
  }
  // Lines that end together have their words at their beginning.
  if (from.x > 450) {
    const bend = x1 + 106
    const turn = (bend + x2) / 2
    return { path: `M${x1} ${y1}L${bend} ${y1}C${turn} ${y1} ${turn} ${y2} ${x2} ${y2}`, label: { x: x1 + 61, y: y1 } }
  }
  // Its words stand at its end, where lines that begin together have parted and run straight.
  const words = Math.min(60, (x2 - x1) / 2)
  const straight = words < 60 ? x2 : x2 - 104
  const middle = (x1 + straight) / 2
  return { path: `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${straight} ${y2}L${x2} ${y2}`, label: { x: x2 - words, y: y2 } }
}

function curveDown(from: Box, to: Box, width: number): Curve {
  const [x1, y1] = [from.x + from.width / 2, from.y + from.height]
  const [x2, y2] = [to.x + to.width / 2, to.y]
  if (y2 - y1 > 150) {
    const side = width - 2
    const y3 = to.y + to.height / 2
    return {
      path: `M${from.x + from.width} ${from.y + from.height / 2}C${side + 40} ${from.y + from.height} ${side + 40} ${y3} ${to.x + to.width} ${y3}`,
      label: { x: width - 40, y: to.y - 20 },
    }
  }
  const middle = (y1 + y2) / 2
  const path = `M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`
  // Where lines run together in one box, the words stand at their beginning.
  const joins = Math.abs(x1 - x2) > 4 && from.width < 100
  return { path, label: joins ? { x: x1, y: y1 + 28 } : { x: x2, y: y2 - (to.width < 100 ? 46 : 26) } }
}

/** Width of a line: it grows with the logarithm of its rate, so that 1 and 100 a second both show. */
export const lineWidth = (rate: number) => (rate === 0 ? 1.5 : Math.min(7, 1.5 + Math.log2(1 + rate) * 0.7))
