import { misread, fault } from '../fault.ts'

export default fault({
  title: 'A header that is missing counts as empty',
  kills: ['header-present'],
  touches: ['HeaderMatch'],
  wrap: {
    decide: misread((request) =>
      !request.headers['end-user'] ? { ...request, headers: { ...request.headers, 'end-user': [''] } } : request,
    ),
  },
})
