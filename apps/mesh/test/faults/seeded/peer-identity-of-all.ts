import { fault, verdict } from '../fault.ts'

export default fault({
  title: 'Every caller is reported as the gateway',
  kills: ['peer-identity'],
  touches: ['PeerIdentity'],
  wrap: {
    authorize: verdict((made) =>
      made.allow
        ? {
            ...made,
            requestHeaders: {
              ...made.requestHeaders,
              set: made.requestHeaders.set.map(([name, value]) => [name, value.replace(/sa\/[^/]*$/, 'sa/istio-ingressgateway')] as const),
            },
          }
        : made,
    ),
  },
})
