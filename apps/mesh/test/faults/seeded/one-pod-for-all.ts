import { fault } from '../fault.ts'

export default fault({
  title: 'Without rules, one pod gets every request',
  kills: ['default-spread'],
  touches: ['LoadBalancing'],
  wrap: {
    pickEndpoint:
      (real) =>
      (cluster, balancer, ...rest) =>
        balancer.kind === 'LEAST_REQUEST' && cluster.endpoints.length === 3 && !cluster.outlier
          ? cluster.endpoints[0]
          : real(cluster, balancer, ...rest),
  },
})
