import { fault } from '../fault.ts'

export default fault({
  title: 'A single b3 header is ignored',
  kills: ['b3-single', 'b3-single-denied'],
  touches: ['B3'],
  wrap: {
    extractB3: (real) => (headers) => {
      const { b3: _, ...rest } = headers
      return real(rest)
    },
  },
})
