import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A pod that failed never comes back',
  kills: ['outlier-ejection'],
  touches: ['OutlierDetection'],
  wrap: {
    decide: forward((made) =>
      made.cluster.outlier
        ? { ...made, cluster: { ...made.cluster, outlier: { ...made.cluster.outlier, baseEjectionTimeMs: 300_000 } } }
        : made,
    ),
  },
})
