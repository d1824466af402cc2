import { misread, fault } from '../fault.ts'

export default fault({
  title: 'An exact path is compared with the query behind it',
  kills: ['path-exact'],
  touches: ['PathMatch'],
  wrap: { decide: misread((request) => ({ ...request, path: request.path.replace('/a?x=', '/a-x=') })) },
})
