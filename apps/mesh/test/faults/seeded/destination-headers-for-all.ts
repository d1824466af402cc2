import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A header of one destination is sent to the other one too',
  kills: ['destination-headers'],
  touches: ['HeaderOperations'],
  wrap: {
    decide: forward((made) =>
      made.cluster.name.includes('v2')
        ? { ...made, requestHeaders: { ...made.requestHeaders, set: [...made.requestHeaders.set, ['x-version', 'one']] } }
        : made,
    ),
  },
})
