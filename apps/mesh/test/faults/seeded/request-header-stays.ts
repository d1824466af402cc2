import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A request header that is to be removed stays',
  kills: ['request-headers'],
  touches: ['HeaderOperations'],
  wrap: { decide: forward((made) => ({ ...made, requestHeaders: { ...made.requestHeaders, remove: [] } })) },
})
