/** Sidecar, `networking.istio.io/v1`, v1beta1 and v1alpha3. */
import type { ObjectOf } from '../../model/manifest.ts'
import type { TypeOf } from '../schema.ts'
import { list, object, oneOf, refused, required, string } from '../schema.ts'
import { labels } from './parts.ts'

const egressHost = string((value) =>
  /^(?:\.|\*|~|[a-z0-9][-a-z0-9]*)\/[-*A-Za-z0-9.]+$/.test(value)
    ? undefined
    : 'must be namespace/host, where namespace may be ".", "*" or "~"',
)
export const sidecar = object({
  workloadSelector: object({ labels: required(labels) }),
  egress: list(
    object({
      hosts: required(list(egressHost, { min: 1 })),
      port: refused('egress listeners apply to every port'),
      bind: refused('the local mesh chooses outbound ports'),
      captureMode: refused('the local mesh chooses outbound ports'),
    }),
  ),
  outboundTrafficPolicy: object({ mode: required(oneOf('ALLOW_ANY', 'REGISTRY_ONLY')), egressProxy: refused('use a VirtualService') }),
  ingress: refused('workloads listen where the local mesh starts them'),
  inboundConnectionPool: refused('use the DestinationRule of the service'),
})

export type Sidecar = TypeOf<typeof sidecar>
export type SidecarObject = ObjectOf<Sidecar>
