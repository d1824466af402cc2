import { misread, fault } from '../fault.ts'

export default fault({
  title: 'A header matches when its value merely begins like the right one',
  kills: ['header-exact', 'header-regex'],
  touches: ['HeaderMatch'],
  wrap: {
    decide: misread((request) =>
      request.headers['end-user']
        ? {
            ...request,
            headers: {
              ...request.headers,
              'end-user': request.headers['end-user'].map((value) => value.replace(/^(jason|user-17).*/, '$1')),
            },
          }
        : request,
    ),
  },
})
