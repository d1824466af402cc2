import { verdict, allowed, fault } from '../fault.ts'

export default fault({
  title: 'A STRICT workload takes plain text',
  kills: ['mtls-strict-plaintext'],
  touches: ['PeerAuthentication'],
  wrap: { authorize: verdict((made) => (!made.allow && 'reset' in made ? allowed : made)) },
})
