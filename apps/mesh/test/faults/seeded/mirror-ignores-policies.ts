import { fault } from '../fault.ts'

export default fault({
  title: 'The policies of a mirror are not asked',
  kills: ['mirror-authorization', 'mirror-mtls-strict'],
  touches: ['Mirror'],
  wrap: {
    aim:
      (real) =>
      (asker, leg, ...more) => {
        const made = real(asker, leg, ...more)
        return made && !('kind' in leg) ? { ...made, destination: undefined } : made
      },
  },
})
