import { fault } from '../fault.ts'

export default fault({
  title: 'A port without a protocol is taken for one of HTTP',
  kills: ['sniffed-tcp'],
  touches: ['Sniffing'],
  wrap: {
    trafficTo: (real) => (rules, dialled, caller) => {
      const traffic = real(rules, dialled, caller)
      return traffic === 'sniff' ? 'http' : traffic
    },
  },
})
