import { respond, fault } from '../fault.ts'

export default fault({
  title: 'A redirect loses the port',
  kills: ['redirect', 'redirect-default-code'],
  touches: ['Redirect'],
  wrap: {
    decide: respond((made) => ({
      ...made,
      headers: made.headers.map(([name, value]) => [name, name === 'location' ? value.replace(':8080', '') : value] as const),
    })),
  },
})
