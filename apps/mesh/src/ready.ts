import type { AnyFleet } from './pods/fleet.ts'

/** Resolves when every pod is ready. */
export function allReady(fleet: AnyFleet): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!fleet.replicas.every(({ pod }) => pod.phase === 'ready')) return
      fleet.off('change', look)
      resolve()
    }
    fleet.on('change', look)
    look()
  })
}
