import { misread, fault } from '../fault.ts'

export default fault({
  title: 'A prefix of segments is treated as a prefix of the text',
  kills: ['path-prefix-segments'],
  touches: ['PathMatch'],
  wrap: { decide: misread((request) => ({ ...request, path: request.path.replace(/\/a(?=b)/, '/a/') })) },
})
