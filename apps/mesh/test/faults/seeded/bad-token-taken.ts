import { verdict, allowed, fault } from '../fault.ts'

export default fault({
  title: 'A request with a bad token counts as one without',
  kills: ['jwt', 'jwt-optional'],
  touches: ['RequestAuthentication'],
  wrap: { authorize: verdict((made) => (!made.allow && 'status' in made && made.status === 401 ? allowed : made)) },
})
