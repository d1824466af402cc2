import { fault } from '../fault.ts'

export default fault({
  title: 'The content type of an answer is lost',
  kills: ['headers-untouched'],
  touches: ['HeaderOperations'],
  wrap: {
    answerHeaders: (real) => (incoming) => {
      const headers = real(incoming)
      delete headers['content-type']
      return headers
    },
  },
})
