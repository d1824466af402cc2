import { forward, fault } from '../fault.ts'

export default fault({
  title: 'The answer of the mirror is the one that is used',
  kills: ['mirror', 'mirror-fails-unseen'],
  touches: ['Mirror'],
  wrap: {
    decide: forward((made) => {
      const [mirror] = made.mirrors
      return mirror ? { ...made, cluster: mirror.cluster, mirrors: [{ ...mirror, cluster: made.cluster }] } : made
    }),
  },
})
