import { fault } from '../fault.ts'

export default fault({
  title: 'x-b3-sampled: 0 is ignored',
  kills: ['b3-not-sampled', 'b3-single-denied', 'b3-page-not-sampled'],
  touches: ['B3'],
  wrap: {
    extractB3: (real) => (headers) => {
      const { sampled, ...came } = real(headers)
      return sampled ? { ...came, sampled } : came
    },
  },
})
