import { forward, fault } from '../fault.ts'

export default fault({
  title: 'Nothing is mirrored',
  kills: ['mirror', 'mirror-share'],
  touches: ['Mirror'],
  wrap: { decide: forward((made) => ({ ...made, mirrors: [] })) },
})
