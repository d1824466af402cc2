/** What productpage reads from its environment, in addition to the variables of every service. */
import { Variable } from '@bookinfo/contracts/environment'
import { Type, type Static } from '@bookinfo/contracts/schema'
import { addressOf, neighbour } from '@bookinfo/service/config'

export const Config = Type.Object({
  ...neighbour('DETAILS'),
  ...neighbour('REVIEWS'),
  ...neighbour('RATINGS'),
  FLOOD_FACTOR: Variable.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 0,
    description:
      'requests to reviews that each page sends in addition to its own, up to 10000, 32 at a time, without waiting for the answers',
    expected: 'extra requests to reviews per page, from 0 to 10000',
  }),
  SESSION_SECRET: Type.Optional(
    Variable.Text({
      minLength: 32,
      writeOnly: true,
      defaultNote: 'random, with a warning',
      description: 'at least 32 characters that sign the session cookie: the same for all replicas',
      expected: 'at least 32 characters that sign the session cookie',
    }),
  ),
  FRAME_ANCESTORS: Type.Optional(
    Variable.Text({
      pattern: String.raw`^https?://[A-Za-z0-9.-]+(:([0-9]+|\*))?( https?://[A-Za-z0-9.-]+(:([0-9]+|\*))?)*$`,
      description: 'origins, separated by spaces, whose pages may show this one in a frame: the local mesh names its console',
      expected: 'origins, separated by spaces, whose pages may show this one in a frame',
    }),
  ),
})
export type Config = Static<typeof Config>

/** Base addresses of the services that make up the page. */
export const addressesOf = ({ SERVICES_DOMAIN: domain, ...config }: Config) => ({
  details: addressOf(config.DETAILS_HOSTNAME, config.DETAILS_SERVICE_PORT, domain),
  reviews: addressOf(config.REVIEWS_HOSTNAME, config.REVIEWS_SERVICE_PORT, domain),
  ratings: addressOf(config.RATINGS_HOSTNAME, config.RATINGS_SERVICE_PORT, domain),
})
