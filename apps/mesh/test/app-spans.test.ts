/** `OTEL_TRACES_EXPORTER=zipkin npm start`: the services' spans are in the mesh's own collector. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { ZipkinSpan } from '../src/tracing/span.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('the spans of one page are those of mesh and services', async () => {
  const env = { ...process.env, GATEWAY_PORT: '0', CONSOLE_PORT: '0', ZIPKIN_PORT: '0', OTEL_TRACES_EXPORTER: 'zipkin' }
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  let said = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) if (/Ctrl-C/.test((said += chunk))) break
  const [, gateway] = /Page +(http:\/\/localhost:\d+)/.exec(said)!
  const [, zipkin] = /Zipkin +(http:\/\/localhost:\d+)/.exec(said)!
  await fetch(`${gateway}/productpage`, { headers: { b3: '463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-1' } })
  const servers = async () => {
    const answer = await fetch(`${zipkin}/api/v2/trace/463ac35c9f6413ad48485a3953bb6124`)
    const spans = (await answer.json()) as ZipkinSpan[]
    const ofServices = spans.filter(({ kind, tags }) => kind === 'SERVER' && tags?.['component'] !== 'proxy')
    return new Set(ofServices.map(({ localEndpoint }) => localEndpoint?.serviceName).filter((name) => name !== 'ratings'))
  }
  await expect.poll(servers, { timeout: 8000 }).toEqual(new Set(['productpage', 'details', 'reviews']))
  child.kill('SIGTERM')
  await ended
})
