/** What details reads from its environment, in addition to the variables of every service. v2 is v1 with the external book service on. */
import { Type, type Static } from '@bookinfo/contracts/schema'

export const Config = Type.Object({
  ENABLE_EXTERNAL_BOOK_SERVICE: Type.Boolean({
    default: false,
    description: 'true or false: whether details come from the external book service',
  }),
  DO_NOT_ENCRYPT: Type.Boolean({
    default: false,
    description: 'true or false: plain HTTP to the external book service, for a mesh that originates TLS',
  }),
  BOOK_SERVICE_HOST: Type.String({
    default: 'www.googleapis.com',
    pattern: '^([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(:[0-9]{1,5})?$',
    description: 'the host of the external book service, and its port if that is not the usual one',
  }),
})
export type Config = Static<typeof Config>
