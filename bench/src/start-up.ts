/** How long `npm start`'s mesh takes until all six workloads answer, and the memory of the whole at rest. */
import { mesh } from './systems.ts'
import { pssMiB } from './usage.ts'

/** Two lines of Markdown: median of five starts, and PSS two seconds after the last one. */
export async function startUp(): Promise<string> {
  const times: number[] = []
  let pss = 0
  for (let round = 0; round < 5; round++) {
    const start = performance.now()
    const system = await mesh('start')
    times.push(performance.now() - start)
    if (round === 4) {
      await new Promise((resolve) => setTimeout(resolve, 2000))
      pss = pssMiB(system.pids())
    }
    await system.stop()
  }
  times.sort((a, b) => a - b)
  const [best, middle, worst] = [times[0] ?? 0, times[2] ?? 0, times[4] ?? 0]
  return `\nFrom spawn until the whole demo answers: median ${ms(middle)} (${ms(best)} to ${ms(worst)}) of 5 starts.\nThe whole demo at rest: ${pss.toFixed(0)} MiB (PSS).`
}

const ms = (time: number) => `${(time / 1000).toFixed(2)} s`
