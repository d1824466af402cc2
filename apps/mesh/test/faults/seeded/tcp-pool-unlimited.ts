import { fault } from '../fault.ts'

export default fault({
  title: 'Connections without HTTP have no limit',
  kills: ['tcp-max-connections'],
  touches: ['TCP'],
  wrap: {
    decideTcp:
      (real) =>
      (...given) => {
        const made = real(...given)
        if (made.kind === 'close') return made
        const { maxConnections: _, ...pool } = made.cluster.pool
        return { ...made, cluster: { ...made.cluster, pool } }
      },
  },
})
