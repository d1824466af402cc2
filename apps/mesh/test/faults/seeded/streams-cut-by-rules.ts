import { fault } from '../fault.ts'
import type { ClientSide } from '../../../src/proxy/client-side.ts'

/** Clients whose answer is not over. */
const open = new Set<ClientSide>()
let last: unknown

/** Answers of other checks are over sooner. */
const graceMs = 1000

export default fault({
  title: 'Answers that go on for more than a second after rules changed are cut',
  kills: ['grpc-stream-outlives-rules'],
  touches: ['GrpcStreams', 'RuleChanges'],
  wrap: {
    readRequest: (real) => (asked, door) => {
      const client = asked as ClientSide
      open.add(client)
      client.onClose(() => open.delete(client))
      return real(asked, door)
    },
    decide: (real) => (rules, request, caller, state, random) => {
      if (last !== undefined && rules !== last) {
        const before = [...open]
        setTimeout(() => {
          for (const client of before) if (open.has(client) && client.begun) client.cut()
        }, graceMs)
      }
      last = rules
      return real(rules, request, caller, state, random)
    },
  },
})
