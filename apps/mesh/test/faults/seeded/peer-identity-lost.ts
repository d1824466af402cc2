import { fault, verdict } from '../fault.ts'

export default fault({
  title: "The workload is not told its caller's identity",
  kills: ['peer-identity'],
  touches: ['PeerIdentity'],
  wrap: {
    authorize: verdict((made) => (made.allow ? { ...made, requestHeaders: { ...made.requestHeaders, set: [] } } : made)),
  },
})
