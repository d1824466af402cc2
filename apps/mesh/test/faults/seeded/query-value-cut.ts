import { misread, fault } from '../fault.ts'

export default fault({
  title: 'A query parameter matches when its value merely begins like the right one',
  kills: ['query-exact'],
  touches: ['QueryMatch'],
  wrap: { decide: misread((request) => ({ ...request, path: request.path.replace(/=(on|\d+)\w*/, '=$1') })) },
})
