import { fault } from '../fault.ts'

export default fault({
  title: 'The signed-in user is dropped on the way to ratings',
  kills: ['end-user-kept'],
  touches: ['EndUser'],
  wrap: {
    readRequest: (real) => (raw, door) => {
      const request = real(raw, door)
      if (request?.path.startsWith('/ratings')) delete request.headers['end-user']
      return request
    },
  },
})
