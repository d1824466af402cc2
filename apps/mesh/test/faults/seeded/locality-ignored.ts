import { fault } from '../fault.ts'

export default fault({
  title: 'Near pods are not preferred',
  kills: ['locality'],
  touches: ['Locality'],
  wrap: {
    pickEndpoint:
      (real) =>
      (cluster, ...rest) =>
        real({ ...cluster, levels: [[{ weight: 1, endpoints: cluster.endpoints }]] }, ...rest),
  },
})
