import { verdict, fault } from '../fault.ts'

export default fault({
  title: 'A denial has no body',
  kills: ['authorization-principal', 'authorization-nothing'],
  touches: ['AuthorizationPolicy'],
  wrap: { authorize: verdict((made) => (!made.allow && 'status' in made && made.status === 403 ? { ...made, body: '' } : made)) },
})
