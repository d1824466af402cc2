import { variableProblems } from '@bookinfo/tools/markdown-tables'
import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { ChassisConfig, addressOf, neighbour, readConfig } from '../src/config.ts'
import { TelemetryConfig } from '../src/telemetry/telemetry-config.ts'

const refusal = (env: Record<string, string>) => () => readConfig(ChassisConfig, env)

test('an empty environment gives the defaults', () => {
  expect(readConfig(ChassisConfig, {})).toEqual({
    PORT: 9080,
    LOG_LEVEL: 'info',
    DRAIN_DELAY_MS: 300,
    SERVICE_VERSION: 'v1',
    HOSTNAME: 'localhost',
    OUTBOUND_KEEPALIVE: 'off',
    DROP_HEADERS: '',
    BOOKINFO_PROBE: 'off',
    BOOKINFO_PROBE_HOSTS: '',
    BOOKINFO_PROBE_DETOURS: '',
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

test('a secret that does not fit is not repeated', () => {
  const schema = Type.Object({ SECRET: Type.String({ minLength: 32, writeOnly: true, description: 'at least 32 characters' }) })
  expect(() => readConfig(schema, { SECRET: 'hunter2' })).toThrow(new Error('SECRET (value not shown): expected at least 32 characters'))
})

test('a variable that is needed and missing is named', () => {
  const schema = Type.Object({ SECRET: Type.String({ description: 'at least 32 characters' }) })
  expect(() => readConfig(schema, {})).toThrow(new Error('SECRET is not set: expected at least 32 characters'))
})

test("a neighbour's default is its service name on port 9080", () => {
  expect(readConfig(Type.Object(neighbour('RATINGS')), {})).toEqual({
    SERVICES_DOMAIN: '',
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

test("README lists every service's variables with their defaults", () => {
  const readme = new URL('../README.md', import.meta.url)
  expect(variableProblems(readme, 'Environment of every service', ChassisConfig.properties)).toEqual([])
})

test('the page on tracing lists the variables of span mode with their defaults', () => {
  const page = new URL('../../../docs/tracing.md', import.meta.url)
  const { OTEL_SDK_DISABLED } = ChassisConfig.properties
  expect(variableProblems(page, 'Variables of span mode', { ...TelemetryConfig.properties, OTEL_SDK_DISABLED })).toEqual([])
})
