import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { startService, type ServiceProcess } from '@bookinfo/tools/service-process'
import { knownEnv } from '@bookinfo/tools/known-env'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ConfigError } from '@bookinfo/contracts/environment'
import { startTelemetry } from '../src/telemetry/start.ts'
import { startCollector, type Collector } from './fixtures/collector.ts'

const main = join(import.meta.dirname, 'fixtures/hello-main.ts')
const preload = { NODE_OPTIONS: `--import=${new URL('fixtures/names-opentelemetry.ts', import.meta.url).href}` }

let collector: Collector
let service: ServiceProcess | undefined
beforeEach(async () => {
  collector = await startCollector()
})
afterEach(async () => {
  service?.child.kill('SIGKILL')
  await collector.vanish()
})

const start = async (env: Record<string, string>) => {
  service = await startService(main, env)
  return service
}
const spanMode = (env: Record<string, string> = {}) =>
  start({ OTEL_TRACES_EXPORTER: 'zipkin', OTEL_EXPORTER_ZIPKIN_ENDPOINT: collector.endpoint, ...env })

test.each([
  ['nothing', {}],
  ['OTEL_TRACES_EXPORTER=none', { OTEL_TRACES_EXPORTER: 'none' }],
  ['OTEL_SDK_DISABLED=true', { OTEL_TRACES_EXPORTER: 'zipkin', OTEL_SDK_DISABLED: 'true' }],
])('with %s no telemetry code is loaded', async (_, env) => {
  const { url, output } = await start({ ...preload, ...env })
  await fetch(url)
  expect(output()).not.toContain('loaded ')
})

test('with OTEL_TRACES_EXPORTER=zipkin it is', async () => {
  const { output } = await spanMode(preload)
  expect(output()).toMatch(/loaded .*\/telemetry\/start\.ts/)
  expect(output()).toMatch(/loaded .*@opentelemetry\/sdk-trace/)
})

test('SIGTERM flushes the queue', async () => {
  const { url, stop } = await spanMode({ OTEL_BSP_SCHEDULE_DELAY: '3600000' })
  for (let count = 0; count < 3; count++) await fetch(url)
  expect(collector.spans).toHaveLength(0)
  expect(await stop()).toBe(0)
  expect(collector.spans.map((span) => span.name)).toEqual(['GET /', 'GET /', 'GET /'])
})

test('at SIGTERM a collector that hangs is waited for no longer than OTEL_BSP_EXPORT_TIMEOUT', async () => {
  collector.answer = () => {}
  const { url, stop, output } = await spanMode({ OTEL_BSP_SCHEDULE_DELAY: '3600000', OTEL_BSP_EXPORT_TIMEOUT: '200' })
  await fetch(url)
  expect(await stop()).toBe(0)
  expect(output()).toContain('the trace collector')
})

test('at SIGTERM a collector that is gone ends nothing but the spans', async () => {
  const { url, stop } = await spanMode({ OTEL_BSP_SCHEDULE_DELAY: '3600000' })
  await fetch(url)
  await collector.vanish()
  expect(await stop()).toBe(0)
})

test.each([
  [
    'OTEL_TRACES_SAMPLER',
    'sometimes',
    'is "sometimes": expected always_on, always_off or traceidratio, with or without parentbased_ before it',
  ],
  ['OTEL_TRACES_SAMPLER_ARG', '1.5', 'is "1.5": expected a number from 0 to 1'],
  ['OTEL_PROPAGATORS', 'b3,jaeger', 'is "b3,jaeger": expected some of b3multi, b3, tracecontext, baggage, separated by commas, or none'],
  ['OTEL_EXPORTER_ZIPKIN_ENDPOINT', 'zipkin:9411', 'is "zipkin:9411": expected an address such as http://zipkin:9411/api/v2/spans'],
  ['OTEL_EXPORTER_ZIPKIN_ENDPOINT', 'http://a:99999/', 'is "http://a:99999/": expected an address such as http://zipkin:9411/api/v2/spans'],
  ['OTEL_BSP_MAX_QUEUE_SIZE', '0', 'is "0": expected a number from 1 to 1000000'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'team', 'is "team": expected name=value pairs, separated by commas, other characters percent-encoded'],
  ['OTEL_RESOURCE_ATTRIBUTES', 'team=%ff', 'is "team=%ff": expected values percent-encoded as UTF-8'],
  ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'is "grpc": expected http/protobuf or http/json'],
])('%s=%s is refused', async (name, value, words) => {
  const starting = startTelemetry({ service: 'hello', version: 'v1', pod: 'hello-1' }, { OTEL_TRACES_EXPORTER: 'zipkin', [name]: value })
  await expect(starting).rejects.toThrow(new ConfigError(`${name} ${words}`))
})

test('a refusal ends the process with one line', async () => {
  const child = spawn(process.execPath, [main], {
    env: knownEnv({ PORT: '0', OTEL_TRACES_EXPORTER: 'zipkin', OTEL_TRACES_SAMPLER_ARG: '1.5' }),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk))
  expect(await once(child, 'close')).toEqual([1, null])
  expect(stderr).toBe('hello: OTEL_TRACES_SAMPLER_ARG is "1.5": expected a number from 0 to 1\n')
})

test('OTEL_METRICS_EXPORTER and OTEL_LOGS_EXPORTER are warned of: only traces are exported', async () => {
  const { output } = await spanMode({ OTEL_METRICS_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'none' })
  await expect.poll(output).toContain('OTEL_METRICS_EXPORTER is set, but only traces are exported')
  expect(output()).not.toContain('OTEL_LOGS_EXPORTER is set')
})
