/** Static configuration of one Envoy, as Istio would program it: a sidecar, or the gateway. Without mTLS, telemetry and access log, which only cost. */

/** Where requests enter this Envoy, and where they go from there. */
export interface Way {
  direction: 'INBOUND' | 'OUTBOUND'
  /** Port of 127.0.0.1 that it listens on. */
  port: number
  /** `reviews`: name of the service, of its cluster and of its spans. */
  service: string
  /** Ports of 127.0.0.1 that requests go to: the application's own, or the sidecars of the service's pods. */
  to: readonly number[]
}

/** What `envoy --config-yaml` takes. `name` is the workload's, `collector` the port of a Zipkin collector that gets every span. */
export const envoyConfig = (name: string, ways: readonly Way[], collector: number) => ({
  node: { id: name, cluster: name },
  static_resources: {
    listeners: ways.map((way) => listener(way)),
    clusters: [...ways.map((way) => cluster(clusterName(way), way.to)), cluster('zipkin', [collector])],
  },
})

const clusterName = ({ direction, service }: Way) => `${direction.toLowerCase()}|9080||${service}`

const listener = (way: Way) => ({
  name: clusterName(way),
  traffic_direction: way.direction,
  address: address(way.port),
  filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: connectionManager(way) }] }],
})

const connectionManager = (way: Way) => ({
  '@type': type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
  stat_prefix: clusterName(way),
  route_config: {
    virtual_hosts: [
      {
        name: way.service,
        domains: ['*'],
        routes: [
          {
            match: { prefix: '/' },
            route: { cluster: clusterName(way), timeout: '0s', ...(way.direction === 'OUTBOUND' && { retry_policy: defaultRetry }) },
          },
        ],
      },
    ],
  },
  tracing: {
    random_sampling: { value: 100 },
    provider: {
      name: 'envoy.tracers.zipkin',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.config.trace.v3.ZipkinConfig',
        collector_cluster: 'zipkin',
        collector_endpoint: '/api/v2/spans',
        collector_endpoint_version: 'HTTP_JSON',
        trace_id_128bit: true,
        shared_span_context: false,
      },
    },
  },
  http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': type('filters.http.router.v3.Router') } }],
})

/** Istio's default for every route. */
const defaultRetry = {
  num_retries: 2,
  retry_on: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
  retriable_status_codes: [503],
  host_selection_retry_max_attempts: 5,
}

const cluster = (name: string, ports: readonly number[]) => ({
  name,
  type: 'STATIC',
  lb_policy: 'LEAST_REQUEST',
  connect_timeout: '10s',
  load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: ports.map((port) => ({ endpoint: { address: address(port) } })) }] },
})

const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })
const type = (name: string) => `type.googleapis.com/envoy.extensions.${name}`
