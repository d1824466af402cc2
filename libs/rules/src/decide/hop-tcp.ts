/** One hop of a connection, from the caller's proxy to the proxy in front of the destination: the steps of `hop.ts` that bytes without HTTP have. */
import type { Connection, TcpDecision, TcpVerdict } from '../model/connection.ts'
import { authorizeTcp } from '../policy/authorize.ts'
import { decideTcp } from './decide-tcp.ts'
import { aim, clientOf, judgeSealed, type Aim, type Asker } from './hop.ts'

/** Every step of a hop, as far as it goes. */
export interface TcpHop {
  /** What the gateway's own policies say. */
  entry: TcpVerdict
  decision?: TcpDecision
  /** Where it arrives; undefined when no endpoint can take it. */
  aim?: Aim | undefined
  /** What the destination's proxy says. */
  verdict?: TcpVerdict
}

const passes: TcpVerdict = { allow: true, steps: [] }

/** What a gateway's own policies say to a connection that comes in. */
export const enterTcp = ({ rules, caller }: Asker, connection: Connection): TcpVerdict => {
  if (caller.kind !== 'gateway') return passes
  const { name, namespace, labels } = caller
  return authorizeTcp(rules, connection, clientOf(caller), { name, namespace, labels, port: connection.port })
}

/** What the destination's proxy says. */
export const judgeTcp = ({ rules }: Asker, connection: Connection, { caller, destination, sealed }: Aim): TcpVerdict => {
  if (!destination) return passes
  return sealed ? judgeSealed(rules, sealed, caller, destination) : authorizeTcp(rules, connection, caller, destination)
}

/** What a caller's proxy would do with a connection now, without making it. */
export const hopTcp = (asker: Asker, connection: Connection): TcpHop => {
  const entry = enterTcp(asker, connection)
  if (!entry.allow) return { entry }
  const decision = decideTcp(asker.rules, connection, asker.caller, asker.random)
  if (decision.kind === 'close') return { entry, decision }
  const aimed = aim(asker, decision)
  return { entry, decision, aim: aimed, ...(aimed && { verdict: judgeTcp(asker, connection, aimed) }) }
}
