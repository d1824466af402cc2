/** What the mesh says of an object of the Gateway API, in a line for each listener or parent. */
import type { Condition, GatewayStatus, RouteStatus } from '@bookinfo/rules/gateway-status'
import { count } from './numbers.ts'

export interface StatusLine {
  text: string
  /** Whether all is as it should be. */
  good: boolean
}

/** None for kinds that have no status. */
export function statusWords(status: object | undefined): StatusLine[] {
  if (!status) return []
  if ('listeners' in status) return (status as GatewayStatus).listeners.map(listenerLine)
  return 'parents' in status ? (status as RouteStatus).parents.map(parentLine) : []
}

function listenerLine({ name, attachedRoutes, conditions }: GatewayStatus['listeners'][number]): StatusLine {
  const programmed = conditions.find(({ type }) => type === 'Programmed')
  if (programmed?.status === 'True')
    return { text: `Listener ${name}: ${count(attachedRoutes, 'route')}, ${programmed.message}`, good: true }
  return { text: `Listener ${name}: ${programmed?.reason === 'Pending' ? 'its port opens' : reasons(conditions)}`, good: false }
}

function parentLine({ parentRef: { kind, name }, conditions }: RouteStatus['parents'][number]): StatusLine {
  const good = conditions.every(({ status }) => status === 'True')
  return { text: `${kind} ${name}: ${good ? 'accepted' : reasons(conditions)}`, good }
}

/** The reasons of failed conditions, without `Invalid`, which always follows from another one. */
function reasons(conditions: readonly Condition[]): string {
  const found = conditions.filter(({ type, status }) => status === (type === 'Conflicted' ? 'True' : 'False')).map(({ reason }) => reason)
  return [...new Set(found)].filter((reason) => reason !== 'Invalid').join(', ')
}
