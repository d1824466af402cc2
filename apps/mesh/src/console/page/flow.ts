/** Requests as dots that run along the lines: one a request, as far as the mesh tells of them. Nothing moves for those who asked for less motion. */
import { onExchange, type Exchange } from './live.ts'

const travelMs = 900
/** A caller's dot starts before those of its callees, although its request ends after theirs. */
const depthMs = 450
const mostDots = 120
const depths: readonly (readonly [start: string, depth: number])[] = [
  ['istio-ingressgateway', 0],
  ['productpage', 1],
  ['reviews', 2],
]

/** Draws into the group `.dots` of `svg`; the answer ends it. */
export function startFlow(svg: SVGSVGElement): () => void {
  const layer = svg.querySelector('.dots')
  const still = matchMedia('(prefers-reduced-motion: reduce)')
  if (!layer) return () => undefined
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const run = ({ from, service, to, status }: Exchange) => {
    const path =
      svg.querySelector<SVGPathElement>(`[data-link="${CSS.escape(from)}\\>${CSS.escape(to ?? service)}"]`) ??
      svg.querySelector<SVGPathElement>(`[data-link^="${CSS.escape(from)}\\>${CSS.escape(service)}"]`)
    if (!path || layer.childElementCount >= mostDots) return
    const dot = document.createElementNS('http://www.w3.org/2000/svg', 'circle')
    dot.setAttribute('r', '3.5')
    if (status >= 500 || status === 0) dot.classList.add('failed')
    layer.append(dot)
    const length = path.getTotalLength()
    const steps = Array.from({ length: 25 }, (_, i) => {
      const { x, y } = path.getPointAtLength((length * i) / 24)
      return { transform: `translate(${x}px, ${y}px)` }
    })
    dot.animate(steps, { duration: travelMs, easing: 'ease-in-out' }).finished.then(
      () => dot.remove(),
      () => dot.remove(),
    )
  }
  const stop = onExchange((exchange) => {
    if (still.matches || document.hidden) return
    const depth = depths.find(([start]) => exchange.from.startsWith(start))?.[1] ?? 2
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        run(exchange)
      },
      depth * depthMs + Math.random() * 150,
    )
    timers.add(timer)
  })
  return () => {
    stop()
    for (const timer of timers) clearTimeout(timer)
    layer.replaceChildren()
  }
}
