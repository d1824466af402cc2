/** What one hop through a mesh adds to one call at a time: details asked by its caller's outbound port, against details itself. */
import { load } from './load.ts'
import { median } from './median.ts'
import { environmentOf } from './usage.ts'

/** Where the hop begins, and where it ends. */
export interface Hop {
  name: string
  through: string
  direct: string
}

export interface HopCost {
  name: string
  /** p50 in ms. */
  direct: number
  through: number
  /** Median of the rounds' differences, and their range. */
  added: number
  least: number
  most: number
}

/** The hop of a mesh whose processes are `pids`: who calls details knows the outbound port, details its own. */
export function hopOf(name: string, pids: readonly number[]): Hop {
  const environments = pids.map(environmentOf)
  const outbound = environments.find((env) => env['DETAILS_SERVICE_PORT'])?.['DETAILS_SERVICE_PORT']
  const own = environments.find((env) => env['HOSTNAME']?.startsWith('details-'))?.['PORT']
  if (!outbound || !own) throw new Error(`${name}: no workload calls details`)
  return { name, through: `http://127.0.0.1:${outbound}`, direct: `http://127.0.0.1:${own}` }
}

/** Measures every hop in turn, `rounds` times for a second each way. */
export async function hopCosts(hops: readonly Hop[], rounds: number): Promise<HopCost[]> {
  const once = async (origin: string, limit: Parameters<typeof load>[3]) => (await load(origin, '/details/0', 1, limit)).p50
  for (const { direct, through } of hops) for (const origin of [direct, through]) await once(origin, { pages: 3000 })
  const measured = hops.map((hop) => ({ hop, direct: [] as number[], through: [] as number[] }))
  for (let round = 0; round < rounds; round++) {
    for (const { hop, direct, through } of measured) {
      direct.push(await once(hop.direct, { ms: 1000 }))
      through.push(await once(hop.through, { ms: 1000 }))
    }
  }
  return measured.map(({ hop: { name }, direct, through }) => {
    const added = through.map((time, round) => time - direct[round]!)
    return {
      name,
      direct: median(direct),
      through: median(through),
      added: median(added),
      least: Math.min(...added),
      most: Math.max(...added),
    }
  })
}
