import { fault, forward } from '../fault.ts'

export default fault({
  title: "A mirrored request shows its caller's identity where tls is DISABLE",
  kills: ['mirror-mtls-strict'],
  touches: ['Mirror'],
  wrap: {
    decide: forward((made) => ({
      ...made,
      mirrors: made.mirrors.map((mirror) => {
        const { tls: _, ...cluster } = mirror.cluster
        return { ...mirror, cluster }
      }),
    })),
  },
})
