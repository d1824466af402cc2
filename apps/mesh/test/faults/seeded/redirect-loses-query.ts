import { respond, fault } from '../fault.ts'

export default fault({
  title: 'A redirect loses the query',
  kills: ['redirect', 'redirect-prefix'],
  touches: ['Redirect'],
  wrap: {
    decide: respond((made) => ({
      ...made,
      headers: made.headers.map(([name, value]) => [name, name === 'location' ? value.split('?', 1)[0]! : value] as const),
    })),
  },
})
