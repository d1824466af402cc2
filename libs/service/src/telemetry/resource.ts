/** Who reports: service, version, pod and namespace, as OpenTelemetry names them. */
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources'
import { readFileSync } from 'node:fs'
import { ConfigError } from '@bookinfo/contracts/environment'
import type { TelemetryConfig } from './telemetry-config.ts'

export interface Identity {
  service: string
  version: string
  pod: string
}

type ResourceConfig = Pick<TelemetryConfig, 'OTEL_SERVICE_NAME' | 'OTEL_RESOURCE_ATTRIBUTES'>

/** The identity of a service; `OTEL_RESOURCE_ATTRIBUTES` adds to it and wins, and `OTEL_SERVICE_NAME` wins over that. */
export function createResource({ service, version, pod }: Identity, config: ResourceConfig): Resource {
  const namespace = kubernetesNamespace()
  return resourceFromAttributes({
    'service.name': service,
    'service.version': version,
    'host.name': pod,
    ...(pod !== 'localhost' && { 'k8s.pod.name': pod }),
    ...(namespace && { 'k8s.namespace.name': namespace }),
    ...parseAttributes(config.OTEL_RESOURCE_ATTRIBUTES),
    ...(config.OTEL_SERVICE_NAME && { 'service.name': config.OTEL_SERVICE_NAME }),
  })
}

function parseAttributes(pairs: string): Record<string, string> {
  try {
    const attributes = pairs.split(',').map((pair) => pair.split('=').map((part) => decodeURIComponent(part.trim())))
    return Object.fromEntries(attributes.filter(([name]) => name))
  } catch {
    throw new ConfigError(`OTEL_RESOURCE_ATTRIBUTES is "${pairs}": expected values percent-encoded as UTF-8`)
  }
}

/** Known where Kubernetes mounts the service account. */
function kubernetesNamespace(): string | undefined {
  try {
    return readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/namespace', 'utf8').trim()
  } catch {
    return undefined
  }
}
