import { misread, fault } from '../fault.ts'

export default fault({
  title: 'PUT counts as POST',
  kills: ['method-match'],
  touches: ['MethodMatch'],
  wrap: { decide: misread((request) => (request.method === 'PUT' ? { ...request, method: 'POST' } : request)) },
})
