import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A rewrite loses the query',
  kills: ['rewrite-prefix', 'rewrite-full-path'],
  touches: ['Rewrite'],
  wrap: { decide: forward((made, request) => (made.path === request.path ? made : { ...made, path: made.path.split('?', 1)[0]! })) },
})
