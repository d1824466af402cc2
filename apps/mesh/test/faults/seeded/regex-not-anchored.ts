import { fault } from '../fault.ts'

export default fault({
  title: 'A regular expression matches any part of a path',
  kills: ['path-regex'],
  touches: ['RegularExpressions'],
  wrap: { fullMatch: () => (pattern) => (value) => new RegExp(pattern).test(value) },
})
