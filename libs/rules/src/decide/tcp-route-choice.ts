/** Which of a service's routes are there for a connection of a caller, and which of them its SNI means. */
import type { TcpRoute } from '../compile/tcp-routes.ts'
import type { Connection } from '../model/connection.ts'
import type { Caller } from '../model/decision.ts'
import { hostCovers, specificity } from '../model/host.ts'

/** Those that exist for the caller, at the port that was dialled. */
export const routesOf = (routes: readonly TcpRoute[], { port: dialled }: Connection, caller: Caller): readonly TcpRoute[] =>
  routes.filter(({ port, ofCaller }) => (port ?? dialled) === dialled && (ofCaller?.(caller) ?? true))

/** Of the routes that read SNI, the one with the most specific name for it; the first of equal ones. */
export const mostSpecificRoute = (routes: readonly TcpRoute[], sni: string | undefined): TcpRoute | undefined => {
  let best: TcpRoute | undefined
  let rank = -1
  for (const route of routes)
    for (const name of route.sniHosts ?? [])
      if ((sni === undefined ? name === '*' : hostCovers(name, sni)) && specificity(name) > rank) [best, rank] = [route, specificity(name)]
  return best
}
