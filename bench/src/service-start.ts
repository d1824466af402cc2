/** What gRPC costs a service that does not use it (nothing, it should be), and one that does: start-up time and memory of details. */
import { freePort } from '@bookinfo/tools/service-process'
import { median } from './median.ts'
import { oneService } from './systems.ts'
import { pssMiB } from './usage.ts'

export interface ServiceStart {
  name: string
  /** ms from spawn until it has answered. */
  times: number[]
  /** At rest, one second after that. */
  pss: number[]
}

/** Starts each kind in turn, `rounds` times after one start that fills caches. */
export async function serviceStarts(rounds: number): Promise<ServiceStart[]> {
  const grpcPort = await freePort()
  const kinds = [
    { name: 'without gRPC', env: {} },
    { name: 'with `GRPC_PORT`', env: { GRPC_PORT: String(grpcPort) } },
  ]
  const starts = kinds.map(({ name, env }) => ({ name, env, times: [] as number[], pss: [] as number[] }))
  for (let round = 0; round <= rounds; round++) {
    for (const { env, times, pss } of round % 2 ? starts.toReversed() : starts) {
      const began = performance.now()
      const service = await oneService(env)
      const time = performance.now() - began
      await new Promise((resolve) => setTimeout(resolve, 1000))
      if (round > 0) {
        times.push(time)
        pss.push(pssMiB(service.pids()))
      }
      await service.stop()
    }
  }
  return starts
}

export function serviceStartsTable(starts: readonly ServiceStart[]): string {
  const [first] = starts
  const range = (values: readonly number[], digits: number) =>
    `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`
  const rows = starts.map(({ name, times, pss }) => {
    const ratios = times.map((time, round) => time / first!.times[round]!)
    return `| details ${name} | ${range(times, 0)} | ${range(ratios, 2)} | ${range(pss, 1)} |`
  })
  return ['| one service | ms from spawn to its first answer | ratio (min–max) | PSS MiB at rest |', '|---|---:|---:|---:|', ...rows].join(
    '\n',
  )
}
