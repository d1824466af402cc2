/** What details reads from its environment, in addition to the variables of every service. v2 is v1 with the external book service on. */
import { Variable } from '@bookinfo/contracts/environment'
import { Type, type Static } from '@bookinfo/contracts/schema'

export const Config = Type.Object({
  ENABLE_EXTERNAL_BOOK_SERVICE: Variable.Boolean({
    default: false,
    description: '`true`: details come from the external book service',
    expected: 'true or false: whether details come from the external book service',
  }),
  DO_NOT_ENCRYPT: Variable.Boolean({
    default: false,
    description: '`true`: call it over plain HTTP, for a mesh that originates TLS',
    expected: 'true or false: plain HTTP to the external book service, for a mesh that originates TLS',
  }),
  BOOK_SERVICE_HOST: Variable.Text({
    default: 'www.googleapis.com',
    pattern: String.raw`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`,
    description: 'its host, and port if that is not the usual one: for a stand-in where there is no internet',
    expected: 'the host of the external book service, and its port if that is not the usual one',
  }),
})
export type Config = Static<typeof Config>
