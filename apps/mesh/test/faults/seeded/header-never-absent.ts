import { fault } from '../fault.ts'

export default fault({
  title: 'A request without a header does not match a rule for requests without its value',
  kills: ['header-absent'],
  touches: ['HeaderMatch'],
  wrap: {
    withoutHeaderConditions: (real) => (matches) =>
      real(matches).map((condition) => ({
        ...condition,
        test: (context) => context.request.headers['end-user'] !== undefined && condition.test(context),
      })),
  },
})
