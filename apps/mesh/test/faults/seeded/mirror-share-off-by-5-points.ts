import { again, fault } from '../fault.ts'

export default fault({
  title: 'A mirror gets five points too few',
  kills: ['mirror-share'],
  touches: ['Mirror'],
  wrap: { decide: again(0.2, (made) => made.kind === 'forward' && made.mirrors.length > 0) },
})
