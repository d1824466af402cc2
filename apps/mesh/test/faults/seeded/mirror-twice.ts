import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A mirror gets every request twice',
  kills: ['mirror'],
  touches: ['Mirror'],
  wrap: { decide: forward((made) => ({ ...made, mirrors: [...made.mirrors, ...made.mirrors] })) },
})
