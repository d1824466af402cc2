import { misread, fault } from '../fault.ts'

export default fault({
  title: 'The value of a header matches in any case',
  kills: ['header-exact'],
  touches: ['HeaderMatch'],
  wrap: {
    decide: misread((request) =>
      request.headers['end-user']
        ? { ...request, headers: { ...request.headers, 'end-user': request.headers['end-user'].map((value) => value.toLowerCase()) } }
        : request,
    ),
  },
})
