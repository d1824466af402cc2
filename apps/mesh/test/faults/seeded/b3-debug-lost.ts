import { fault } from '../fault.ts'

export default fault({
  title: 'The debug flag is lost',
  kills: ['b3-debug'],
  touches: ['B3'],
  wrap: {
    injectB3: (real) => (headers, context) => {
      real(headers, context)
      delete headers['x-b3-flags']
    },
  },
})
