/** Rules for TCP and TLS made by chance but repeatable, and connections that may meet them. */
import fc from 'fast-check'
import { one, split } from './grpc-cases.ts'

const toSubset = (number: number) =>
  fc.oneof(
    { weight: 6, arbitrary: one('v1', 'v2', 'v3').map((subset) => ({ host: 'reviews', port: { number }, subset })) },
    { weight: 3, arbitrary: one('details', 'ratings').map((host) => ({ host, port: { number } })) },
    // No pod has it.
    { weight: 2, arbitrary: fc.constant({ host: 'reviews', port: { number }, subset: 'v9' }) },
  )
const routes = (number: number) =>
  fc.oneof(
    toSubset(number).map((destination) => [{ destination }]),
    split(toSubset(number).map((destination) => ({ destination }))),
  )

const from = one<object>({ app: 'productpage' }, { app: 'reviews', version: 'v2' }, { app: 'reviews' })
const tcpMatch = fc.oneof(
  one<object>({ port: 9082 }, { port: 9999 }),
  from.map((sourceLabels) => ({ sourceLabels })),
  from.map((sourceLabels) => ({ port: 9082, sourceLabels })),
)
const tcp = fc
  .record({ match: fc.array(tcpMatch, { minLength: 1, maxLength: 2 }), route: routes(9082) }, { requiredKeys: ['route'] })
  .map(({ match, route }) => ({ ...(match && { match }), route }))

/** `tcp` of a VirtualService. */
export const tcpRules = fc.array(tcp, { minLength: 1, maxLength: 3 })

/** `tls` of a VirtualService at a gateway, for these names. Of two matches with the same name, Istio takes the first. */
export const tlsRulesOfGateway = (names: readonly string[]) => {
  const match = fc.uniqueArray(one(...names), { minLength: 1, maxLength: 2 }).map((sniHosts) => ({ sniHosts }))
  return fc.array(fc.record({ match: fc.array(match, { minLength: 1, maxLength: 2 }), route: routes(9083) }), {
    minLength: 1,
    maxLength: 3,
  })
}

/** The same in the mesh, where each name stands in one match only: of two, Envoy refuses the whole listener, and goes on with the one before. */
export const tlsRulesInMesh = (names: readonly string[]) =>
  fc.shuffledSubarray([...names], { minLength: 1 }).chain((chosen) =>
    fc.tuple(
      ...chosen.map((name) => {
        const match = fc.record(
          { sniHosts: fc.constant([name]), sourceLabels: from, port: one(9083, 9083, 9999) },
          { requiredKeys: ['sniHosts'] },
        )
        return fc.record({ match: match.map((each) => [each]), route: routes(9083) })
      }),
    ),
  )

const toService = (port: number) =>
  fc.oneof(
    { weight: 8, arbitrary: one('reviews-v1', 'reviews-v2', 'reviews-v3', 'details', 'ratings').map((name) => ({ name, port })) },
    { weight: 2, arbitrary: fc.constant({ name: 'missing', port }) },
  )

/** `rules` of a TCPRoute or TLSRoute, which have one. */
export const connectionRules = (port: number) =>
  fc
    .oneof(
      toService(port).map((each) => [each]),
      split(toService(port)),
    )
    .map((backendRefs) => [{ backendRefs }])
