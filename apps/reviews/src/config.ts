/** What reviews reads from its environment, in addition to the variables of every service. v1, v2 and v3 are these values, never code. */
import { neighbour } from '@bookinfo/service/config'
import { Type, type Static } from '@bookinfo/contracts/schema'

export const Config = Type.Object({
  ENABLE_RATINGS: Type.Boolean({ default: false, description: 'true or false: whether reviews carry ratings' }),
  STAR_COLOR: Type.String({ default: 'black', pattern: '^[A-Za-z]{1,20}$', description: 'a colour name such as black or red' }),
  CLUSTER_NAME: Type.String({ default: 'null', description: 'the name of the cluster' }),
  HOSTNAME: Type.String({ default: 'localhost', description: 'the name of this pod' }),
  ...neighbour('RATINGS'),
})
export type Config = Static<typeof Config>
