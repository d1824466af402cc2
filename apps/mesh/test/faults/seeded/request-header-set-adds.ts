import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A request header that is set keeps its old value too',
  kills: ['request-headers'],
  touches: ['HeaderOperations'],
  wrap: {
    decide: forward((made) => ({
      ...made,
      requestHeaders: { ...made.requestHeaders, set: [], add: [...made.requestHeaders.set, ...made.requestHeaders.add] },
    })),
  },
})
