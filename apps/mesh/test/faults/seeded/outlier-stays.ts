import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A pod that fails is not left out',
  kills: ['outlier-ejection', 'locality'],
  touches: ['OutlierDetection'],
  wrap: {
    decide: forward((made) => {
      const { outlier: _, ...cluster } = made.cluster
      return { ...made, cluster }
    }),
  },
})
