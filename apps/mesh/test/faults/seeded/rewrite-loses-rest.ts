import { forward, fault } from '../fault.ts'

export default fault({
  title: 'A rewrite of the prefix loses what is behind it',
  kills: ['rewrite-prefix'],
  touches: ['Rewrite'],
  wrap: {
    decide: forward((made, request) =>
      made.path === request.path ? made : { ...made, path: made.path.replace(/(\/probe\/echo)[^?]*/, '$1') },
    ),
  },
})
