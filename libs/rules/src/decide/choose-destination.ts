/** Which of a route's destinations takes a request or a connection, by weight. */
import type { Random } from '../model/decision.ts'
import type { Fact } from '../model/fact.ts'
import type { RouteDestination } from '../model/route.ts'

/** A single destination takes all, whatever its weight. */
export const usableDestinations = (destinations: readonly RouteDestination[]): readonly RouteDestination[] =>
  destinations.length === 1 ? destinations : destinations.filter(({ weight }) => weight > 0)

/** `given` is a number from 0 to 1 that stands for a client's session. */
export const chooseDestination = (
  destinations: readonly RouteDestination[],
  given: number | undefined,
  random: Random,
): RouteDestination => {
  if (destinations.length === 1) return destinations[0]!
  let point = (given ?? random()) * destinations.reduce((sum, { weight }) => sum + weight, 0)
  for (const each of destinations) {
    if (point < each.weight) return each
    point -= each.weight
  }
  return destinations.at(-1)!
}

/** Where it goes, and by what share. */
export const chosenFact = ({ host, subset, labels, weight }: RouteDestination, usable: readonly RouteDestination[]): Fact => ({
  kind: 'destination-chosen',
  host,
  subset,
  labels,
  weight,
  ...(usable.length > 1 && { of: usable.reduce((sum, each) => sum + each.weight, 0) }),
})
