import { misread, fault } from '../fault.ts'

export default fault({
  title: 'Only the first query parameter is looked at',
  kills: ['query-exact'],
  touches: ['QueryMatch'],
  wrap: { decide: misread((request) => ({ ...request, path: request.path.replace(/&.*/, '') })) },
})
