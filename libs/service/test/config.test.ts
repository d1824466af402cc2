import { readConfig } from '@bookinfo/contracts/environment'
import { Type } from '@bookinfo/contracts/schema'
import { withTables } from '@bookinfo/tools/environment-tables'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ChassisConfig, addressOf, neighbour } from '../src/config.ts'

const refusal = (env: Record<string, string>) => () => readConfig(ChassisConfig, env)

test('an empty environment gives the defaults', () => {
  expect(readConfig(ChassisConfig, {})).toEqual({
    PORT: 9080,
    LOG_LEVEL: 'info',
    OUTBOUND_PROTOCOL: 'h1',
    DRAIN_DELAY_MS: 300,
    SERVICE_VERSION: 'v1',
    HOSTNAME: 'localhost',
    OUTBOUND_KEEPALIVE: 'off',
    DROP_HEADERS: '',
    BOOKINFO_PROBE: 'off',
    BOOKINFO_PROBE_HOSTS: '',
    BOOKINFO_PROBE_DETOURS: '',
    BOOKINFO_PROBE_TUNNEL: '',
    POD_NAMESPACE: 'default',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_SDK_DISABLED: false,
  })
})

test('numbers are read as numbers', () => {
  expect(readConfig(ChassisConfig, { PORT: '8081' }).PORT).toBe(8081)
})

test('a variable set to nothing counts as not set', () => {
  expect(readConfig(ChassisConfig, { PORT: '' }).PORT).toBe(9080)
})

test.each([
  [{ PORT: 'abc' }, 'PORT is "abc": expected a port from 0 to 65535'],
  [{ PORT: '65536' }, 'PORT is "65536": expected a port from 0 to 65535'],
  [{ PORT: '80.5' }, 'PORT is "80.5": expected a port from 0 to 65535'],
  [{ OTEL_SDK_DISABLED: 'yes' }, 'OTEL_SDK_DISABLED is "yes": expected true or false: whether tracing is off whatever the exporter'],
  [{ DRAIN_DELAY_MS: '-1' }, 'DRAIN_DELAY_MS is "-1": expected milliseconds from 0 to 300000'],
  [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud": expected one of trace, debug, info, warn, error, fatal, silent'],
  [{ OUTBOUND_KEEPALIVE: 'yes' }, 'OUTBOUND_KEEPALIVE is "yes": expected on or off: whether connections to other services are pooled'],
  [{ OTEL_TRACES_EXPORTER: 'jaeger' }, 'OTEL_TRACES_EXPORTER is "jaeger": expected none, zipkin or otlp'],
  [{ HOSTNAME: '<script>' }, 'HOSTNAME is "<script>": expected the name of this pod'],
  [
    { DROP_HEADERS: 'a b' },
    'DROP_HEADERS is "a b": expected header names, separated by commas, to lose on purpose; one that ends in * stands for all that begin so',
  ],
  [
    { DROP_HEADERS: '*' },
    'DROP_HEADERS is "*": expected header names, separated by commas, to lose on purpose; one that ends in * stands for all that begin so',
  ],
])('%o is refused in one line', (env, message) => {
  expect(refusal(env)).toThrow(new Error(message))
})

test("a neighbour's default is its service name on port 9080", () => {
  expect(readConfig(Type.Object(neighbour('RATINGS')), {})).toEqual({
    SERVICES_DOMAIN: '',
    RATINGS_GRPC_PORT: 9081,
    RATINGS_HOSTNAME: 'ratings',
    RATINGS_SERVICE_PORT: 9080,
  })
})

test("Kubernetes' own RATINGS_PORT=tcp://… is not read", () => {
  expect(readConfig(Type.Object(neighbour('RATINGS')), { RATINGS_PORT: 'tcp://10.0.0.1:9080' }).RATINGS_SERVICE_PORT).toBe(9080)
})

test('a domain is appended to the host', () => {
  expect(addressOf('reviews', 9080, 'default.svc')).toBe('http://reviews.default.svc:9080')
  expect(addressOf('reviews', 9080, '')).toBe('http://reviews:9080')
})

test.each(['libs/service/README.md', 'docs/tracing.md'])('the tables of variables in %s are what the schemas say', async (name) => {
  const page = new URL(`../../../${name}`, import.meta.url)
  expect(readFileSync(page, 'utf8')).toBe(await withTables(page))
})
