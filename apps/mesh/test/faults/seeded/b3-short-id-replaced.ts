import { fault } from '../fault.ts'

export default fault({
  title: 'Trace ids of 64 bits are replaced by others',
  kills: ['b3-64-bit'],
  touches: ['B3'],
  wrap: {
    extractB3: (real) => (headers) => {
      const { traceId, ...came } = real(headers)
      return traceId === undefined || traceId.length === 16 ? came : { ...came, traceId }
    },
  },
})
