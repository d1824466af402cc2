import { fault, verdict } from '../fault.ts'

export default fault({
  title: "The workload does not receive its caller's identity",
  kills: ['peer-identity'],
  touches: ['PeerIdentity'],
  wrap: {
    authorize: verdict((made) => (made.allow ? { ...made, requestHeaders: { ...made.requestHeaders, set: [] } } : made)),
  },
})
