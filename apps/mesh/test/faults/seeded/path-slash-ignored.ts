import { misread, fault } from '../fault.ts'

export default fault({
  title: 'A slash at the end of a path does not count',
  kills: ['path-exact'],
  touches: ['PathMatch'],
  wrap: { decide: misread((request) => ({ ...request, path: request.path.replace(/(.)\/$/, '$1') })) },
})
