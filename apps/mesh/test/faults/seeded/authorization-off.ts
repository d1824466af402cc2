import { verdict, allowed, fault } from '../fault.ts'

export default fault({
  title: 'No caller is ever denied',
  kills: [
    'authorization-principal',
    'authorization-method',
    'authorization-path',
    'authorization-nothing',
    'authorization-namespace',
    'authorization-header',
  ],
  touches: ['AuthorizationPolicy'],
  wrap: { authorize: verdict((made) => (!made.allow && 'status' in made && made.status === 403 ? allowed : made)) },
})
