/** What reviews reads from its environment, in addition to the variables of every service. v1, v2 and v3 are these values, never code. */
import { Variable } from '@bookinfo/contracts/environment'
import { Type, type Static } from '@bookinfo/contracts/schema'
import { neighbour } from '@bookinfo/service/config'

export const Config = Type.Object({
  ENABLE_RATINGS: Variable.Boolean({
    default: false,
    description: 'whether reviews carry ratings',
    expected: 'true or false: whether reviews carry ratings',
  }),
  STAR_COLOR: Variable.Text({
    default: 'black',
    pattern: '^[A-Za-z]{1,20}$',
    description: 'a colour name, 1 to 20 letters',
    expected: 'a colour name such as black or red',
  }),
  CLUSTER_NAME: Variable.Text({ default: 'null', description: 'shown on the page', expected: 'the name of the cluster' }),
  HOSTNAME: Variable.Text({
    default: 'localhost',
    description: 'shown as the pod that served the reviews',
    expected: 'the name of this pod',
  }),
  ...neighbour('RATINGS'),
})
export type Config = Static<typeof Config>
