/** Bookinfo for the suite: with sidecars, probes, a service for each version, spans of every request, and an address outside of the mesh. */
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'

interface Deployment {
  kind: string
  metadata: { name: string; namespace?: string }
  spec: { ports?: object[]; template: { spec: { containers: { env?: object[] }[]; hostAliases?: object[] } } }
}

/** An address without a host (RFC 5737): a mesh that lets the request out answers differently from one that does not. */
const outside = { ip: '192.0.2.1', hostnames: ['books.example'] }
const probes = {
  BOOKINFO_PROBE: 'on',
  BOOKINFO_PROBE_HOSTS: outside.hostnames.join(','),
  GRPC_PORT: '9081',
  PROBE_TCP_PORT: '9082',
  PROBE_TLS_PORT: '9083',
}
/** Istio knows the protocol of a port by the beginning of its name, or by its appProtocol. */
const ports = [
  { name: 'grpc', port: 9081, appProtocol: 'grpc' },
  { name: 'tcp-echo', port: 9082, appProtocol: 'tcp' },
  { name: 'tls-echo', port: 9083, appProtocol: 'tls' },
  { name: 'any', port: 9084, targetPort: 9080 },
  { name: 'any-echo', port: 9085, targetPort: 9082 },
]

const read = (file: string): Deployment[] =>
  parseAllDocuments(readFileSync(new URL(`../../../../k8s/platform/kube/${file}.yaml`, import.meta.url), 'utf8')).map(
    (document) => document.toJS() as Deployment,
  )

/** Everything of a namespace, as one list for `kubectl apply`. */
export function application(namespace: string): object {
  const labels = { 'istio-injection': 'enabled' }
  const telemetry = {
    apiVersion: 'telemetry.istio.io/v1',
    kind: 'Telemetry',
    metadata: { name: 'conformance', namespace },
    spec: { tracing: [{ providers: [{ name: 'zipkin' }], randomSamplingPercentage: 100 }] },
  }
  const objects = ['bookinfo', 'bookinfo-versions'].flatMap(read).map((object) => placed(object, namespace))
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }, telemetry, ...objects],
  }
}

function placed(object: Deployment, namespace: string): Deployment {
  object.metadata.namespace = namespace
  if (object.kind === 'Service') object.spec.ports?.push(...ports)
  if (object.kind !== 'Deployment') return object
  const { spec } = object.spec.template
  for (const container of spec.containers)
    container.env = [...(container.env ?? []), ...Object.entries(probes).map(([name, value]) => ({ name, value }))]
  spec.hostAliases = [outside]
  return object
}
