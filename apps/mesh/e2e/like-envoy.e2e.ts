/** The real Envoy, set up as Istio does it, gets the bytes that test/like-envoy.test.ts sends to the local mesh. */
import { envoyBinary } from '@bookinfo/tools/envoy-server'
import { eventually } from '@bookinfo/tools/eventually'
import { freePort } from '@bookinfo/tools/service-process'
import { spawn, type ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApplication, verdictOf, type Application } from '../test/helpers/wire.ts'
import { wireCases } from '../test/helpers/wire-cases.ts'

let application: Application
let envoy: ChildProcess
const ports = { gateway: 0, sidecar: 0 }

beforeAll(async () => {
  application = await startApplication()
  ports.gateway = await freePort()
  ports.sidecar = await freePort()
  const config = JSON.stringify(envoyConfig(ports.gateway, ports.sidecar, await freePort(), application.port))
  const args = ['--config-yaml', config, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'error']
  envoy = spawn(await envoyBinary(), args, { stdio: ['ignore', 'ignore', 'inherit'] })
  application.answerWith()
  for (const port of [ports.gateway, ports.sidecar])
    await eventually(async () => {
      const { status } = await fetch(`http://127.0.0.1:${port}/`)
      if (status !== 200) throw new Error(`Envoy answers ${status}`)
    })
})
afterAll(() => {
  envoy?.kill()
  application.close()
})

describe.each(['gateway', 'sidecar'] as const)('at the %s', (door) => {
  test.each(wireCases)('$name', async (wireCase) => {
    const { verdict } = wireCase
    expect(await verdictOf(wireCase, ports[door], application)).toBe(typeof verdict === 'string' ? verdict : verdict.envoy)
  })
})

test('https in the target is refused at the gateway, where the client came without TLS', async () => {
  const wireCase = { name: '', bytes: 'GET https://reviews:9080/ HTTP/1.1\r\nHost: reviews:9080\r\n\r\n', verdict: '' }
  expect(await verdictOf(wireCase, ports.gateway, application)).toBe('403 closed')
  expect(await verdictOf(wireCase, ports.sidecar, application)).toBe('200 kept: GET /')
})

/** The gateway, or a caller's sidecar, sends to the sidecar of the application. */
const envoyConfig = (gateway: number, outbound: number, inbound: number, app: number) => ({
  node: { id: 'like-envoy', cluster: 'like-envoy' },
  static_resources: {
    listeners: [
      listener('gateway', gateway, 'sidecar', {
        use_remote_address: true,
        server_name: 'istio-envoy',
        forward_client_cert_details: 'SANITIZE_SET',
      }),
      listener('outbound', outbound, 'sidecar', { use_remote_address: false }),
      listener('inbound', inbound, 'app', {
        use_remote_address: false,
        server_name: 'istio-envoy',
        forward_client_cert_details: 'APPEND_FORWARD',
      }),
    ],
    clusters: [cluster('sidecar', inbound), cluster('app', app)],
  },
})

const listener = (name: string, port: number, to: string, more: object) => ({
  name,
  traffic_direction: name === 'inbound' ? 'INBOUND' : 'OUTBOUND',
  address: address(port),
  filter_chains: [
    {
      filters: [
        {
          name: 'envoy.filters.network.http_connection_manager',
          typed_config: {
            '@type': type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
            stat_prefix: name,
            // Istio's: pathNormalization BASE, and WebSockets for all.
            normalize_path: true,
            path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
            upgrade_configs: [{ upgrade_type: 'websocket' }],
            // Only how long a refused client is waited for.
            delayed_close_timeout: '0.05s',
            route_config: {
              virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: to, timeout: '0s' } }] }],
            },
            http_filters: [{ name: 'envoy.filters.http.router', typed_config: { '@type': type('filters.http.router.v3.Router') } }],
            ...more,
          },
        },
      ],
    },
  ],
})

const cluster = (name: string, port: number) => ({
  name,
  type: 'STATIC',
  connect_timeout: '10s',
  load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }] },
})

const address = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })
const type = (name: string) => `type.googleapis.com/envoy.extensions.${name}`
