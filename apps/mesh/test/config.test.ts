import { withTables } from '@bookinfo/tools/environment-tables'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { MeshVariables, RemoteVariables, readMeshConfig } from '../src/config.ts'
import { help } from '../src/start-help.ts'

test('an empty environment gives the defaults', () => {
  expect(readMeshConfig({})).toEqual({
    GATEWAY_PORT: 8080,
    GATEWAY_TLS_PORT: 8443,
    GRPC: 'off',
    gatewayTlsPortFixed: false,
    CONSOLE_PORT: 20_001,
    ZIPKIN_PORT: 9411,
    zipkinPortFixed: false,
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_TRACES_SAMPLER_ARG: 1,
    LOG_LEVEL: 'warn',
    remote: undefined,
  })
})

test('a port that is asked for stays, even where it is the default', () => {
  expect(readMeshConfig({ GATEWAY_TLS_PORT: '8443' })).toMatchObject({ gatewayTlsPortFixed: true, zipkinPortFixed: false })
  expect(readMeshConfig({ ZIPKIN_PORT: '9411' })).toMatchObject({ gatewayTlsPortFixed: false, zipkinPortFixed: true })
})

test.each([
  ['ZIPKIN_PORT', '65536', 'expected a port from 0 to 65535'],
  ['OTEL_TRACES_EXPORTER', 'otlp', 'expected none or zipkin'],
  ['OTEL_EXPORTER_ZIPKIN_ENDPOINT', 'ftp://zipkin', 'expected a URL such as http://localhost:9411/api/v2/spans'],
  ['ZIPKIN_URL', 'http://a:99999', 'expected a URL such as http://localhost:9411'],
  ['OTEL_TRACES_SAMPLER', 'sometimes', 'expected always_on, always_off or traceidratio, with or without parentbased_ before it'],
  ['OTEL_TRACES_SAMPLER_ARG', '2', 'expected a number from 0 to 1'],
])('%s=%s is refused', (name, value, expected) => {
  expect(() => readMeshConfig({ [name]: value })).toThrow(new Error(`${name} is "${value}": ${expected}`))
})

test('--help names every variable and every option', () => {
  const variables = Object.keys({ ...MeshVariables.properties, ...RemoteVariables.properties })
  const options = ['--state DIR', '--bare', '--set KEY=VALUE', '--access-log', '--logs', '-h, --help']
  const [, listed = '', environment = ''] = help().split(/^(?:Options|Environment):\n/m)
  expect(options.filter((option) => !listed.includes(option))).toEqual([])
  expect([...environment.matchAll(/^ {2}([A-Z_]+) /gm)].map(([, name]) => name)).toEqual(variables)
})

test('the table of variables in README is what the schema says; else: node tools/src/environment-tables.ts', async () => {
  const readme = new URL('../README.md', import.meta.url)
  expect(readFileSync(readme, 'utf8')).toBe(await withTables(readme))
})
