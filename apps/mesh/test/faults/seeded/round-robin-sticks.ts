import { fault } from '../fault.ts'

export default fault({
  title: 'ROUND_ROBIN stays with one pod most of the time',
  kills: ['round-robin'],
  touches: ['LoadBalancing'],
  wrap: {
    pickEndpoint:
      (real) =>
      (cluster, balancer, state, random, ...rest) =>
        balancer.kind === 'ROUND_ROBIN' && random() < 0.5 ? cluster.endpoints[0] : real(cluster, balancer, state, random, ...rest),
  },
})
