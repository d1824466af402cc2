import { decision, fault } from '../fault.ts'

export default fault({
  title: 'Operations on response headers are forgotten',
  kills: ['response-headers'],
  touches: ['HeaderOperations', 'Cors'],
  wrap: { decide: decision((made) => ({ ...made, responseHeaders: { remove: [], set: [], add: [] } })) },
})
