/** The same rules for gRPC, TCP and TLS, the same calls and connections, on a real Istio with Envoy and on the local mesh: they agree on every one. */
import { eventually } from '@bookinfo/tools/eventually'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decided, type Decided } from './support/decided.ts'
import { protocolCases, type ProtocolCase } from './support/protocol-cases.ts'
import { startTwoMeshes, type Side, type TwoMeshes } from './support/two-meshes.ts'

/** 60 rules for gRPC through gateways, 30 for TLS, and those of nine services in the mesh: the same in every run. */
const { yaml, cases } = protocolCases(20261127, 30)

interface Pair {
  asked: ProtocolCase
  real: Decided
  local: Decided
}

let meshes: TwoMeshes
const pairs: Pair[] = []

beforeAll(async () => {
  meshes = await startTwoMeshes('bookinfo-fidelity-protocols', yaml)
})
afterAll(() => meshes?.stop())

async function seen(side: Side, { order, from, door }: ProtocolCase): Promise<Decided> {
  const [result] = await (door ? side.through(door, order) : side.from(from!, order))
  const answer = decided(result!)
  // A connection that is closed before its first bytes have come ends, and one that is closed after them is reset: by TCP, a matter of chance.
  const closed = order.url.startsWith('tcp:') && answer.error === 'ECONNRESET'
  return closed ? decided({ ...result!, error: 'no answer', headers: {}, body: '' }) : answer
}

/** A GRPCRoute without a backend that it could use: the Gateway API asks for UNAVAILABLE, and Istio answers as for a status of 500. */
const withoutBackend = ({ asked, real, local }: Pair) =>
  /^(GRPCRoute|routes) /.test(asked.name) && !real.destination && real.grpcStatus === 2 && local.grpcStatus === 14
const asIstio = (pair: Pair): Decided =>
  withoutBackend(pair) ? { ...pair.local, grpcStatus: 2, headers: { ...pair.local.headers, 'grpc-status': '2' } } : pair.local
const differs = (pair: Pair) => JSON.stringify(pair.real) !== JSON.stringify(asIstio(pair))

test(`${cases.length} calls and connections: the same destination, statuses, message, headers, trailers and end as on a real Envoy`, async () => {
  for (const asked of cases) {
    const [local, real] = await Promise.all([seen(meshes.local, asked), seen(meshes.real, asked)])
    pairs.push({ asked, real, local })
  }
  // Istio takes a moment to spread rules: where the two differ, the question to Istio is repeated. The local mesh has one try.
  await eventually(async () => {
    for (const pair of pairs.filter(differs)) pair.real = await seen(meshes.real, pair.asked)
    expect(pairs.filter(differs)).toEqual([])
  })
})

// Without variety the agreement would mean little.
test.each([
  [
    'grpc',
    [
      'details v1',
      'ratings v1',
      'reviews v1',
      'reviews v2',
      'reviews v3',
      'grpc 0',
      'grpc 2',
      'grpc 5',
      'grpc 7',
      'grpc 8',
      'grpc 12',
      'grpc 14',
    ],
  ],
  ['tcp', ['details v1', 'ratings v1', 'reviews v1', 'reviews v2', 'reviews v3', 'no answer']],
  ['tls', ['details v1', 'ratings v1', 'reviews v1', 'reviews v2', 'reviews v3', 'ECONNRESET']],
])('of %s they are all kinds of answers', (protocol, expected) => {
  const answers = pairs
    .filter(({ asked }) => asked.order.url.startsWith(`${protocol}:`))
    .map(({ real }) => real.destination ?? real.error ?? (real.status === 200 ? `grpc ${real.grpcStatus}` : `http ${real.status}`))
  expect([...new Set(answers)]).toEqual(expect.arrayContaining(expected))
})
