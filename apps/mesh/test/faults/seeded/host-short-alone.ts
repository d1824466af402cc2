import { misread, fault } from '../fault.ts'

export default fault({
  title: 'A request for the full name of a host is judged by its short name',
  kills: ['authority-match'],
  touches: ['HostMatch'],
  wrap: { decide: misread((request) => ({ ...request, authority: request.authority.replace('.default.svc.cluster.local', '') })) },
})
