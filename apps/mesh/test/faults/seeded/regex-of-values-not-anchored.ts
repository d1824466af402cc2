import { fault } from '../fault.ts'

export default fault({
  title: 'A regular expression matches any part of a header or a query parameter',
  kills: ['header-regex', 'query-regex'],
  touches: ['RegularExpressions'],
  wrap: {
    matcherOf: (real) => (match) => {
      const { regex } = match
      return regex === undefined ? real(match) : { ...real(match), test: (value) => new RegExp(regex).test(value) }
    },
  },
})
