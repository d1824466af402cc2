import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A rewrite of the host is forgotten',
  kills: ['rewrite-host'],
  touches: ['Rewrite'],
  wrap: { decide: forward((made, request) => ({ ...made, authority: request.authority })) },
})
