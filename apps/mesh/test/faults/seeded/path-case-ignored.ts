import { misread, fault } from '../fault.ts'

export default fault({
  title: 'Paths match in any case',
  kills: ['path-exact'],
  touches: ['PathMatch'],
  wrap: { decide: misread((request) => ({ ...request, path: request.path.replace(/^[^?]*/, (path) => path.toLowerCase()) })) },
})
